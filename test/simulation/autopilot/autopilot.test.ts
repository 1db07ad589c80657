/** What the autopilot does to a bill: the simulator's, for traffic of the real SDK. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Clock, durationMs, instant } from "../../../src/base/index.ts";
import type { Policy } from "../../../src/domain/policy/index.ts";
import { nonePolicy, purserPolicy, replay } from "../../../src/domain/prompt-cache/index.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/index.ts";
import { wireGateway } from "../wire-gateway.ts";
import { AGENT_SCRIPT, playAgents, type SentCall } from "./agent-traffic.ts";
import { promptTokens, workloadOf } from "./predicted-workload.ts";

const START_MS = Date.parse("2026-11-23T08:00:00Z");
const TRAFFIC = { seed: 7, sessions: 8, turns: 24 };
/** The price table of the simulated model: fresh input is 1. */
const RATIOS = { read: 0.05, write5m: 1.25, write1h: 2 };

const AUTOPILOT: Policy = {
  name: "autopilot",
  lever: "cache",
  match: {},
  mode: "apply",
  holdOut: 0,
  cache: { ownMarkers: "respect", stampedeHoldMsMax: durationMs(2_000), seed: 1 },
};

type Played = { readonly calls: readonly SentCall[]; readonly bodies: readonly string[] } & Bill;
type Bill = { readonly total: bigint; readonly output: bigint; readonly input: bigint };

async function play(policies: readonly Policy[]): Promise<Played> {
  const data = await mkdtemp(join(tmpdir(), "purser-autopilot-"));
  await using simulator = await startSimulator({
    clock: "virtual",
    startAtMs: START_MS,
    script: AGENT_SCRIPT,
    compression: "off",
  });
  const clock: Clock = {
    now: () => instant(simulator.clock.nowMs()),
    monotonicMs: () => performance.now(),
  };
  const wired = await wireGateway({ upstream: simulator.url, data, clock, policies });
  try {
    const calls = await playAgents(simulator, wired.gateway.url, TRAFFIC);
    const bodies = simulator.calls().map(({ requestSha256 }) => requestSha256);
    return { calls, bodies, ...billOf(simulator) };
  } finally {
    await wired.close();
    await rm(data, { recursive: true, force: true });
  }
}

/** The simulator's own books. */
function billOf(simulator: Simulator): Bill {
  let total = 0n;
  let output = 0n;
  for (const { bill } of simulator.calls()) {
    total += bill.totalPicoUsd;
    for (const line of bill.lines) if (line.item === "output") output += line.picoUsd;
  }
  return { total, output, input: total - output };
}

describe("the autopilot", () => {
  test("the autopilot lowers the simulator's bill as the replay predicts, within 2%", async () => {
    const off = await play([]);
    const on = await play([AUTOPILOT]);
    expect(on.calls.length).toBe(off.calls.length);
    const workload = workloadOf(off.calls);
    const options = { rules: { prefixTokensMin: 512 }, ratios: RATIOS };
    const none = replay(workload, nonePolicy, options);
    const purser = replay(workload, purserPolicy, options);
    expect(none.tokens.input).toBeCloseTo(
      off.calls.reduce((sum, { usage }) => sum + promptTokens(usage), 0),
      0,
    );
    const share = purser.inputTokenEquivalents / none.inputTokenEquivalents;
    const predicted = Number(off.output) + Number(off.input) * share;
    expect(share).toBeLessThan(0.5);
    expect(Number(on.total) / predicted).toBeGreaterThan(0.98);
    expect(Number(on.total) / predicted).toBeLessThan(1.02);
  });
});
