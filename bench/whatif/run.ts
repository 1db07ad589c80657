/**
 * Measures a what-if of five steps over a large ledger, held to one core with all its processes.
 *
 *   npm run bench:whatif                        a million exchanges
 *   npm run bench:whatif -- --rows 4000000      more: the memory must stay
 *   npm run bench:whatif -- --directory DIR     keeps the ledger there, and uses it again
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const LOADER = fileURLToPath(
  new URL("../../src/stores/ledger/compaction/load-rows.bench.ts", import.meta.url),
);
const PURSER = fileURLToPath(new URL("../../src/main/purser.ts", import.meta.url));
/** Of processor time: all processes are held to one core, so it is what that core needs. */
const LIMIT_S = 20;

const { values } = parseArgs({
  options: { rows: { type: "string", default: "1000000" }, directory: { type: "string" } },
});

/** The models of the made ledger, at the prices that it was made with. */
const PRICES = [1, 3, 5, 3, 15];
const MODELS = PRICES.map(
  (price, index) => `  - id: claude-model-${index}
    minimumCacheableTokens: 1024
    prices:
      - { input: "${price}", output: "${price * 5}", cacheWrite5m: "${price * 1.25}", cacheWrite1h: "${price * 2}", cacheRead: "${price / 10}" }`,
);
const CONFIG = `models:\n${MODELS.join("\n")}\npolicies:
  - name: moved
    lever: route
    match: { endpoints: [chat, rag] }
    settings:
      model: claude-haiku-4-5
      outputChange: 5%
      outputChangeLow: 0%
      outputChangeHigh: 12%
  - { name: overnight, lever: defer, match: { endpoints: [report, classify] } }
  - { name: short, lever: cap, settings: { maxTokens: 1500 } }
  - name: negotiated
    lever: prices
    settings:
      prices:
        - { model: claude-model-4, input: "12", output: "60", cacheWrite5m: "15", cacheRead: "1.2" }
  - { name: tenfold, lever: volume, settings: { factor: 10 } }
`;

const directory = values.directory ?? mkdtempSync(join(tmpdir(), "purser-bench-"));
try {
  console.log(`node bench/whatif/run.ts --rows ${values.rows}`);
  console.log(`${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}`);
  if (!existsSync(join(directory, "ledger", "manifest.json"))) {
    execFileSync(process.execPath, [LOADER, directory, values.rows], { stdio: "inherit" });
  }
  const config = join(directory, "purser.yaml");
  writeFileSync(config, CONFIG);
  measure(config);
} finally {
  if (values.directory === undefined) rmSync(directory, { recursive: true, force: true });
}

/** `taskset` holds the process and its engine to one core; `/usr/bin/time` tells the largest memory. */
function measure(config: string): void {
  const times = join(directory, "time.txt");
  const words = ["whatif", "--configured", "--config", config, "--data", directory, "--json"];
  const held = spawnSync(
    "taskset",
    [
      "-c",
      "0",
      "/usr/bin/env",
      "time",
      "-f",
      "%e %U %S %M",
      "-o",
      times,
      process.execPath,
      PURSER,
      ...words,
    ],
    { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (held.status !== 0) throw new Error(held.stderr);
  const answer = JSON.parse(held.stdout);
  const [elapsed = 0, user = 0, system = 0, kilobytes = 0] = readFileSync(times, "utf8")
    .trim()
    .split(" ")
    .map(Number);
  console.log(`calls           ${answer.calls}, ${answer.past.repriced_exactly} repriced exactly`);
  for (const step of answer.steps) {
    console.log(`  ${step.lever.padEnd(8)} ${step.matched} calls, saves $${step.saving_usd}`);
  }
  console.log(
    `elapsed         ${elapsed.toFixed(1)} s on one core, with whatever else it had to do`,
  );
  console.log(
    `processor time  ${(user + system).toFixed(1)} s of all processes (limit ${LIMIT_S} s)`,
  );
  console.log(`largest memory  ${(kilobytes / 1024).toFixed(0)} MiB of one process`);
  if (user + system > LIMIT_S) process.exitCode = 1;
}
