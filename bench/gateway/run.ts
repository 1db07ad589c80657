/**
 * `npm run bench:gateway [-- --seconds 4 --rounds 5 --targets direct,bare,bare+json,purser,portkey]`
 *
 * Measures, in one run on one machine, what stands between a client and the API: nothing, a forwarder of
 * bytes (`bare`), one that parses the JSON both ways (`bare+json`), Purser with its durable ledger, and a
 * named peer. The gateway has one core, the load and
 * the upstream the other. Rounds go through the targets in turn; the median and the spread are shown.
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import {
  type Latency,
  measureLatency,
  measureStreams,
  measureThroughput,
  quantile,
} from "./measure.ts";
import {
  hasTaskset,
  LOAD_CORE,
  PEER_NAMES,
  readyLine,
  spawnPinned,
  startTarget,
  TARGET_NAMES,
  type Target,
  type TargetName,
} from "./targets.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "5" },
    connections: { type: "string", default: "32" },
    streams: { type: "string", default: "256" },
    targets: { type: "string", default: PEER_NAMES.join(",") },
  },
});
const SECONDS = Number(values.seconds);
const ROUNDS = Number(values.rounds);
const WARM_UP_SECONDS = 2;

type Samples = Map<string, number[]>;

function record(samples: Samples, name: TargetName, measure: string, value: number | null): void {
  if (value === null) return;
  const key = `${name} ${measure}`;
  samples.set(key, [...(samples.get(key) ?? []), value]);
}

function recordLatency(
  samples: Samples,
  name: TargetName,
  measure: string,
  latency: Latency,
): void {
  record(samples, name, `${measure} p50`, latency.p50Ms);
  record(samples, name, `${measure} p99`, latency.p99Ms);
}

async function measureRound(target: Target, samples: Samples): Promise<void> {
  const throughput = await measureThroughput(target, Number(values.connections), SECONDS);
  record(samples, target.name, "requests/s", throughput.requestsPerSecond);
  record(samples, target.name, "cpu us/request", throughput.cpuMicrosecondsPerRequest);
  record(samples, target.name, "resident MB", throughput.residentMegabytes);
  recordLatency(samples, target.name, "one connection", await measureLatency(target, SECONDS / 2));
  await measureStreamsOf(target, samples);
}

/** A target that cannot stream Messages at all is said to be so, once, and not measured. */
const cannotStream = new Set<TargetName>();

async function measureStreamsOf(target: Target, samples: Samples): Promise<void> {
  if (cannotStream.has(target.name)) return;
  try {
    const streams = await measureStreams(target, Number(values.streams), SECONDS);
    recordLatency(samples, target.name, "first byte", streams.firstByte);
    recordLatency(samples, target.name, "whole stream", streams.whole);
  } catch (error) {
    cannotStream.add(target.name);
    console.log(`no streams measured: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const MEASURES = [
  "requests/s",
  "cpu us/request",
  "resident MB",
  "one connection p50",
  "one connection p99",
  "first byte p50",
  "first byte p99",
  "whole stream p50",
  "whole stream p99",
] as const;

function median(samples: Samples, name: TargetName, measure: string): number {
  return quantile(samples.get(`${name} ${measure}`) ?? [], 0.5);
}

/** Median with the lowest and the highest round. */
function cell(samples: Samples, name: TargetName, measure: string): string {
  const rounds = samples.get(`${name} ${measure}`) ?? [];
  if (rounds.length === 0) return "-";
  const digits = measure.includes("ms") || / p\d+$/.test(measure) ? 3 : 0;
  const show = (value: number): string => value.toFixed(digits);
  return `${show(quantile(rounds, 0.5))} (${show(Math.min(...rounds))} to ${show(Math.max(...rounds))})`;
}

function printTable(samples: Samples, names: readonly TargetName[]): void {
  console.log(`| measure | ${names.join(" | ")} |`);
  console.log(`| --- |${" ---: |".repeat(names.length)}`);
  for (const measure of MEASURES) {
    console.log(
      `| ${measure} | ${names.map((name) => cell(samples, name, measure)).join(" | ")} |`,
    );
  }
}

function printBudgetRatios(samples: Samples, names: readonly TargetName[]): void {
  if (!names.includes("purser") || !names.includes("purser+budgets")) return;
  for (const measure of ["requests/s", "cpu us/request"] as const) {
    const ratio = median(samples, "purser+budgets", measure) / median(samples, "purser", measure);
    console.log(`purser+budgets / purser: ${measure} ${ratio.toFixed(2)}`);
  }
}

function printRatios(samples: Samples, names: readonly TargetName[]): void {
  if (!names.includes("purser")) return;
  const ratio = (measure: string, other: TargetName): string =>
    (median(samples, "purser", measure) / median(samples, other, measure)).toFixed(2);
  for (const other of names.filter(isForwarder)) {
    console.log(`purser / ${other}: requests/s ${ratio("requests/s", other)}`);
    console.log(`purser / ${other}: CPU per request ${ratio("cpu us/request", other)}`);
  }
  for (const other of names.filter((name) => name === "direct" || name === "bare")) {
    for (const measure of MEASURES.filter((entry) => / p\d+$/.test(entry))) {
      const added = median(samples, "purser", measure) - median(samples, other, measure);
      console.log(`purser - ${other}: ${measure} ${added.toFixed(3)} ms`);
    }
  }
  for (const other of names.filter((name) => isForwarder(name) && name !== "portkey")) {
    const added = median(samples, "purser", "resident MB") - median(samples, other, "resident MB");
    console.log(`purser - ${other}: resident ${added.toFixed(0)} MB`);
  }
}

function isForwarder(name: TargetName): boolean {
  return name !== "direct" && !name.startsWith("purser");
}

async function startAll(names: readonly TargetName[], upstreamPort: number): Promise<Target[]> {
  const targets: Target[] = [];
  for (const name of names) {
    try {
      const target = await startTarget(name, upstreamPort);
      await measureThroughput(target, 4, WARM_UP_SECONDS);
      targets.push(target);
    } catch (error) {
      console.log(`left out ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return targets;
}

async function main(): Promise<void> {
  if (hasTaskset)
    execFileSync("taskset", ["-cp", String(LOAD_CORE), String(process.pid)], { stdio: "ignore" });
  const script = new URL("./upstream-process.ts", import.meta.url).pathname;
  const upstream = spawnPinned(LOAD_CORE, [process.execPath, script]);
  const port = Number((await readyLine(upstream)).port);
  const wanted = values.targets
    .split(",")
    .filter((name): name is TargetName => (TARGET_NAMES as readonly string[]).includes(name));
  console.log(`node ${process.version}, pinned: ${hasTaskset}`);
  console.log(`${ROUNDS} rounds of ${SECONDS} s; median (lowest to highest)`);
  const targets = await startAll(wanted, port);
  try {
    const samples: Samples = new Map();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const target of targets) await measureRound(target, samples);
    }
    const names = targets.map((target) => target.name);
    printTable(samples, names);
    printRatios(samples, names);
    printBudgetRatios(samples, names);
  } finally {
    for (const target of targets) target.stop();
    upstream.kill("SIGTERM");
  }
}

await main();
