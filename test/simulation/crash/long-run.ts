/**
 * The long crash proof: `npm run proof:crash -- --kills 500 --seed 1`. Ends with 0 when the auditor
 * has found nothing, every kill came under load and the ledger verifies. Progress goes to stderr,
 * the verdict to stdout.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type CrashVerdict, proveCrashes } from "./kill-loop.ts";

const KILLS = 500;
const CLIENTS = 16;
const KILLS_PER_LINE = 25;
const FINDINGS_SHOWN_MAX = 20;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: String(KILLS) },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    clients: { type: "string", default: String(CLIENTS) },
    /** Completed answers of one gateway's life, at most. */
    completions: { type: "string", default: "40" },
    entry: { type: "string" },
  },
});

const kills = Number(values.kills);
const seed = Number(values.seed);
const startedAt = performance.now();
process.stderr.write(`crash proof: ${kills} kills, seed ${seed}\n`);
const verdict = await proveCrashes({
  kills,
  seed,
  clients: Number(values.clients),
  completionsBeforeKillMax: Number(values.completions),
  ...(values.entry === undefined ? {} : { entry: resolve(values.entry) }),
  onKill: (kill, completions) => {
    if (kill % KILLS_PER_LINE !== 0 && kill !== kills) return;
    process.stderr.write(`  ${kill} kills, ${completions} responses seen complete, ${elapsed()}\n`);
  },
});
const passed =
  verdict.findings.length === 0 && verdict.killsUnderLoad === verdict.kills && verdict.sound;
process.stdout.write(`${describe(verdict)}\n`);
process.exitCode = passed ? 0 : 1;

function elapsed(): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(0)} s`;
}

function describe(found: CrashVerdict): string {
  const lines = [
    `${found.kills} kills with SIGKILL, ${found.killsUnderLoad} with calls in flight; seed ${seed}; ${elapsed()}`,
    `${found.completions} responses seen complete by a client, ${found.brokenCalls} calls broken off`,
    `${found.rows} rows in the ledger, ${found.lostRows} of them lost and estimated; ${found.compactedFiles} files of compactions`,
    `purser ledger verify: ${found.sound ? "sound" : "NOT sound"}`,
    ...found.findings
      .slice(0, FINDINGS_SHOWN_MAX)
      .map(({ code, subject, text }) => `  ${code}: ${subject}: ${text}`),
    passed
      ? "PASSED: every response seen complete stands in the ledger once, at its right cost."
      : `FAILED: ${found.findings.length} findings. Repeat with --seed ${seed}.`,
  ];
  return lines.join("\n");
}
