/**
 * Reads the public transcripts as `purser import claude-code` does, and once more by hand, and writes
 * docs/reference/imported-transcripts.md from both: `node test/corpus/imported-transcripts.ts`.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { formatUsd, picoUsd } from "../../src/base/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import { callSource, type ImportTally, importCalls } from "../../src/services/importers/index.ts";
import type { ImportedExchange } from "../../src/stores/contracts/index.ts";
import { billByHand } from "./bill-by-hand.ts";
import { plainUsage } from "./usage-by-hand.ts";
import { RECORDED_DATA } from "./usage-recordings.ts";

export const SESSIONS = resolve(RECORDED_DATA, "sessions");
export const PAGE = resolve(import.meta.dirname, "../../docs/reference/imported-transcripts.md");

type Json = Record<string, unknown>;

export type Measured = {
  readonly tally: ImportTally;
  /** The record of each call that stands. */
  readonly calls: ReadonlyMap<string, ImportedExchange>;
};

export async function importTranscripts(): Promise<Measured> {
  const calls = new Map<string, ImportedExchange>();
  const catalogue = compileCatalogue();
  const settings = { map: [], numbers: "plain", times: "zoned", model: null, start: null } as const;
  const tally = await importCalls({
    ...callSource("claude-code", settings),
    paths: [SESSIONS],
    pricing: {
      catalogue,
      versions: { purser: "", config: "", prices: catalogue.version, policy: "" },
      keySecret: "",
    },
    add: async (exchange) => {
      const id = exchange.opened.exchange;
      const before = calls.get(id)?.opened.imported?.rank ?? "";
      if (String(exchange.opened.imported?.rank) > before) calls.set(id, exchange);
    },
    signal: new AbortController().signal,
  });
  return { tally, calls };
}

/** Every line with something on it, by plain means. */
export function linesByHand(): readonly string[] {
  return filesUnder(SESSIONS).flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== ""),
  );
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

/**
 * The dearest way to see each message once, by a second hand: its last line in time, of those the one
 * with the most output. Bills at standard tier and speed, in picodollars; `null` for any other.
 */
export function billsByHand(): ReadonlyMap<string, number | null> {
  const last = new Map<string, { readonly key: string; readonly bill: number | null }>();
  for (const line of linesByHand()) {
    const row = parsed(line);
    const message = (row?.message_id === undefined ? row?.message : row) as Json | undefined;
    const usage = message?.usage as Json | undefined;
    const id = (row?.message_id ?? message?.id) as string | undefined;
    if (row === null || message === undefined || usage === undefined || id === undefined) continue;
    const output = String(usage.output_tokens).padStart(12, "0");
    const key = `${row.timestamp} ${message.stop_reason == null ? 0 : 1} ${output}`;
    if (key <= (last.get(id)?.key ?? "")) continue;
    last.set(id, { key, bill: isStandard(message, usage) ? handBill(message, usage) : null });
  }
  return new Map([...last].map(([id, { bill }]) => [id, bill]));
}

function handBill(message: Json, usage: Json): number | null {
  return billByHand(plainUsage(String(message.model), usage));
}

/** A dated name, the standard tier or none, and no fast mode. */
function isStandard(message: Json, usage: Json): boolean {
  const isDated = /-\d{8}$/.test(String(message.model));
  return (
    isDated && [undefined, null, "standard"].includes(usage.service_tier as null) && !usage.speed
  );
}

function parsed(line: string): Json | null {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return null;
  }
}

export function totalOf(calls: Measured["calls"]): bigint {
  return [...calls.values()].reduce(
    (sum, { settled }) => sum + (settled.measured?.total ?? 0n),
    0n,
  );
}

export function pageOf({ tally, calls }: Measured): string {
  const noCalls = [...tally.noCalls.values()].reduce((sum, count) => sum + count, 0);
  const priced = [...calls.values()].filter(({ settled }) => settled.measured !== null).length;
  const unpriced = Map.groupBy(
    [...calls.values()].filter(({ settled }) => settled.measured === null),
    ({ settled }) => `${settled.modelServed}: ${settled.unbilledReason}`,
  );
  const table = (head: string, rows: readonly (readonly [string, unknown])[]): string =>
    [`| ${head} | Count |`, "| --- | --: |", ...rows.map((row) => `| ${row.join(" | ")} |`)].join(
      "\n",
    );
  return `# Imported transcripts, measured

What \`purser import claude-code\` makes of the public transcripts that Purser is tried on: some recorded,
some written by hand as test fixtures of other tools. Written by \`node test/corpus/imported-transcripts.ts\`; a test compares it
with a new import, and reckons every bill a second time with a price table of its own.

${table("Lines", [
  ["records of calls", tally.records],
  ["no calls: lines of users, summaries and others", noCalls],
  ["refused with a reason", tally.problemCount],
])}

${table("Calls, by message id", [
  ["with a price", priced],
  ...[...unpriced].map(([why, some]) => [`without: ${why}`, some.length] as const),
  ["in all", calls.size],
])}

The priced calls come to $${formatUsd(picoUsd(totalOf(calls)))}, as they do by the second reckoning. The other
${tally.records - calls.size} records are further lines of an answer that is there already.

## Refused

| File | Line | Reason |
| --- | --: | --- |
${tally.problems.map(({ file, line, what }) => `| ${basename(file)} | ${line} | ${what} |`).join("\n")}

## Costs that were recorded

Records with a cost of their own and a price: ${tally.compared}. Not equal to our bill:
${tally.differenceCount}. They are round figures that the authors of a test fixture made up: the tokens
beside them come to a hundredth of it or less. Costs that
were really charged are in [recorded-costs.md](recorded-costs.md).

| File | Line | Model | Recorded | Billed |
| --- | --: | --- | --: | --: |
${tally.differences
  .map(({ file, line, model, recordedPicoUsd, billedPicoUsd }) => {
    const [recorded, billed] = [recordedPicoUsd, billedPicoUsd].map((one) =>
      formatUsd(picoUsd(one)),
    );
    return `| ${basename(file)} | ${line} | ${model} | $${recorded} | $${billed} |`;
  })
  .join("\n")}
`;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(PAGE, pageOf(await importTranscripts()));
  console.log(`written: ${PAGE}`);
}
