/**
 * `npm run bench:cache`: requests a second of one core's time, replayed under `purser` and `bound` from a prefix
 * tree built beforehand, and what planning adds to a live request of 200 blocks.
 */
import {
  boundOf,
  createPlanner,
  type PromptPlace,
  purserPolicy,
  replay,
  type Workload,
} from "../../src/domain/prompt-cache/index.ts";
import { type PricedModel, pricedModels, readWorkloads } from "./workloads.ts";

const ROUNDS = 5;
const LIVE_REQUESTS = 20_000;
const LIVE_BLOCKS = 200;

const rate = (requests: number, elapsedMs: number): number =>
  Math.round((requests / elapsedMs) * 1000);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Processor time of all threads of this process: what one core would take, however busy the machine. */
function processorTimed(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1000;
}

function ratesOf(workload: Workload, model: PricedModel): { purser: number; bound: number } {
  const requests = workload.requests.length;
  const purser = Array.from({ length: ROUNDS }, () =>
    processorTimed(() => replay(workload, purserPolicy, { rules: model, ratios: model.ratios })),
  );
  const bound = Array.from({ length: ROUNDS }, () =>
    processorTimed(() => boundOf(workload, { ...model, lifetimes: "extended", keepAlive: true })),
  );
  return { purser: rate(requests, median(purser)), bound: rate(requests, median(bound)) };
}

/** Sessions of an agent: 200 blocks, two new ones a turn, many sessions at once. */
function livePrompt(session: number, turn: number): readonly PromptPlace[] {
  return Array.from({ length: LIVE_BLOCKS + 2 * turn }, (_, block) => ({
    key: block < 20 ? `shared-${block}` : `${session}-${block}`,
    tokens: 300,
    kind:
      block < 15 ? "tools" : block < 20 ? "system" : block % 2 === 0 ? "assistant" : "tool_result",
    markable: true,
  }));
}

function liveLatency(model: PricedModel): { p50: number; p99: number; max: number } {
  const planner = createPlanner(model);
  const took: number[] = [];
  for (let index = 0; index < LIVE_REQUESTS; index += 1) {
    const prompt = livePrompt(index % 500, Math.floor(index / 500));
    took.push(timed(() => planner.plan(prompt, index * 100)));
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.floor(share * (took.length - 1))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

async function main(): Promise<void> {
  const model = pricedModels()[0];
  if (model === undefined) throw new Error("the catalogue knows none of the bench's models");
  const print = (line: string) => process.stdout.write(`${line}\n`);
  for (const { title, workload, readMs } of await readWorkloads()) {
    const { purser, bound } = ratesOf(workload, model);
    print(`${title}: ${workload.requests.length} requests, ${workload.tree.size} prefixes`);
    print(`  read and tree built in ${readMs.toFixed(0)} ms`);
    print(
      `  purser ${purser} requests/s, bound ${bound} requests/s of processor time (median of ${ROUNDS})`,
    );
  }
  const live = liveLatency(model);
  print(
    `live planning, ${LIVE_BLOCKS} blocks and more: p50 ${live.p50.toFixed(4)} ms, p99 ${live.p99.toFixed(4)} ms, longest ${live.max.toFixed(2)} ms`,
  );
}

await main();
