/** How long reports take, through the reader, with a warm engine and nothing else at work. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DAY_MS, HOUR_MS, type Instant } from "../../src/base/index.ts";
import type { LedgerReader, SpendQuestion } from "../../src/stores/contracts/index.ts";
import { openLedgerReader } from "../../src/stores/ledger/index.ts";
import { quantile, shown } from "./numbers.ts";

export type ReportsOptions = {
  readonly rows: number;
  readonly rounds: number;
  readonly directory: string | null;
};

const LOADER = fileURLToPath(
  new URL("../../src/stores/ledger/compaction/load-rows.bench.ts", import.meta.url),
);
const BEGIN_MS = Date.UTC(2026, 9, 1);
const WHOLE = { since: null, until: null, where: [], top: 20 } as const;

/** What answers, and the time it has at p95. Sessions are a million: their sums are large as rows are. */
const LIMITS_MS = { "hourly and user rollups": 200, "session rollup": 1000, rows: 1000 } as const;
type Answerer = keyof typeof LIMITS_MS;

function at(offsetMs: number): Instant {
  return (BEGIN_MS + offsetMs) as Instant;
}

/** A mixed set, as a person at a console asks. */
const QUESTIONS: readonly SpendQuestion[] = [
  { ...WHOLE, by: [] },
  { ...WHOLE, by: ["model"] },
  { ...WHOLE, by: ["endpoint", "model"] },
  { ...WHOLE, by: ["team"] },
  { ...WHOLE, by: ["user-type", "outcome"] },
  { ...WHOLE, by: ["key"] },
  { ...WHOLE, by: ["hour"], top: 1000 },
  { ...WHOLE, by: ["hour-of-day"] },
  { ...WHOLE, by: ["day", "model"], top: 200 },
  { ...WHOLE, by: ["client"], where: [{ dimension: "team", comparison: "is", value: "team-3" }] },
  { ...WHOLE, by: ["model"], since: at(10 * DAY_MS + 1234), until: at(12 * DAY_MS + 567_890) },
  { ...WHOLE, by: ["user"] },
  { ...WHOLE, by: ["user", "model"], since: at(7 * DAY_MS), until: at(14 * DAY_MS) },
  { ...WHOLE, by: ["day"], where: [{ dimension: "user", comparison: "is", value: "user-00042" }] },
  { ...WHOLE, by: ["session"] },
  { ...WHOLE, by: ["session"], since: at(20 * DAY_MS), until: at(21 * DAY_MS) },
  { ...WHOLE, by: ["tag:feature"] },
  { ...WHOLE, by: ["tag:experiment", "model"], since: at(5 * DAY_MS), until: at(12 * DAY_MS) },
  { ...WHOLE, by: ["user", "outcome"] },
  {
    ...WHOLE,
    by: ["outcome", "hour"],
    since: at(3 * DAY_MS),
    until: at(3 * DAY_MS + 6 * HOUR_MS),
    where: [{ dimension: "user", comparison: "is", value: "user-00007" }],
  },
];

export async function measureReports(options: ReportsOptions): Promise<void> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "purser-bench-"));
  if (!existsSync(join(directory, "ledger", "manifest.json"))) load(directory, options.rows);
  const reader = await openLedgerReader({ directory });
  try {
    await reader.spend({ ...WHOLE, by: [] });
    const { total } = await reader.spend({ ...WHOLE, by: [] });
    console.log(`\nreports over ${total.exchanges} exchanges, ${options.rounds} rounds of each`);
    const samples = new Map<Answerer, number[]>();
    for (const question of QUESTIONS) await measureOne(reader, question, options.rounds, samples);
    summarise(samples);
  } finally {
    await reader.close();
    if (options.directory === null) rmSync(directory, { recursive: true, force: true });
  }
}

function load(directory: string, rows: number): void {
  const started = performance.now();
  const said = execFileSync(process.execPath, [LOADER, directory, String(rows)], {
    encoding: "utf8",
  });
  console.log(`\nloaded in ${shown((performance.now() - started) / 1000)} s: ${said.trim()}`);
}

async function measureOne(
  reader: LedgerReader,
  question: SpendQuestion,
  rounds: number,
  samples: Map<Answerer, number[]>,
): Promise<void> {
  const source = answererOf(question, (await reader.spend(question)).source);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await reader.spend(question);
    times.push(performance.now() - started);
  }
  samples.set(source, [...(samples.get(source) ?? []), ...times]);
  const window = question.since === null ? "" : ", window";
  const where = question.where.length === 0 ? "" : ", filtered";
  const name = `${question.by.join(" + ") || "total"}${window}${where}`;
  const [p50, p95] = [quantile(times, 0.5), quantile(times, 0.95)];
  console.log(
    `  ${name.padEnd(36)} ${source.padEnd(24)} p50 ${shown(p50)} ms, p95 ${shown(p95)} ms`,
  );
}

function answererOf({ by }: SpendQuestion, source: "rollups" | "rows"): Answerer {
  if (source === "rows") return "rows";
  const bySession = by.includes("session") || (by.includes("user") && by.includes("model"));
  return bySession ? "session rollup" : "hourly and user rollups";
}

function summarise(samples: ReadonlyMap<Answerer, readonly number[]>): void {
  for (const [source, times] of samples) {
    const p95 = quantile(times, 0.95);
    const verdict = p95 <= LIMITS_MS[source] ? "within" : "ABOVE";
    const p50 = shown(quantile(times, 0.5));
    console.log(
      `${source}: p50 ${p50} ms, p95 ${shown(p95)} ms: ${verdict} ${LIMITS_MS[source]} ms`,
    );
  }
}
