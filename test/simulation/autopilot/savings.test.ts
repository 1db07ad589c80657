/** What the ledger says that the policies saved, after traffic of the real SDK. */
import { describe, expect, test } from "vitest";
import { parseUsd } from "../../../src/base/index.ts";
import { makeContext } from "../../../src/main/operation-context.ts";
import { savings } from "../../../src/operations/index.ts";
import { AGENT_SCRIPT, playAgents } from "./agent-traffic.ts";
import { autopilot, type PoliciedGateway, startPolicied } from "./one-gateway.ts";

async function askSavings(stage: PoliciedGateway) {
  const { context, close } = makeContext({
    config: () => {
      throw new Error("no configuration is needed");
    },
    signal: new AbortController().signal,
    clock: stage.clock,
    ledger: await stage.reader(),
  });
  try {
    return await savings.run({}, context);
  } finally {
    await close();
  }
}

describe("savings", () => {
  test("savings models what the simulator's bill fell by, and measures nothing from a few units", async () => {
    const traffic = { seed: 7, sessions: 4, turns: 12 };
    await using stage = await startPolicied([autopilot()], { script: AGENT_SCRIPT });
    const calls = await playAgents(stage.simulator, stage.url, traffic);
    const lines = stage.simulator.calls().flatMap(({ bill }) => bill.lines);
    const prompts = lines.filter(({ item }) => item !== "output");
    const billed = prompts.reduce((sum, { picoUsd }) => sum + picoUsd, 0n);
    const tokens = prompts.reduce((sum, { quantity }) => sum + quantity, 0);
    const output = await askSavings(stage);
    expect(output.applied.exchanges).toBe(calls.length);
    expect(parseUsd(output.modelled.prompt_usd)).toBe(billed);
    // Four dollars for a million tokens of fresh input.
    expect(parseUsd(output.modelled.without_policy_usd)).toBe(BigInt(tokens) * 4_000_000n);
    expect(parseUsd(output.modelled.usd)).toBe(BigInt(tokens) * 4_000_000n - billed);
    expect(output).toMatchObject({
      measured: null,
      not_measured_because: expect.stringContaining("0 held out"),
    });
  });

  test("savings measures against the hold-out once there are units enough", async () => {
    const policy = autopilot({ holdOut: 0.5 });
    await using stage = await startPolicied([policy], { script: AGENT_SCRIPT });
    for (let week = 0; week < 48; week += 1) {
      await playAgents(stage.simulator, stage.url, { seed: week, sessions: 2, turns: 5 });
      stage.simulator.clock.advance(6 * 3_600_000);
    }
    const output = await askSavings(stage);
    expect(output.held_out.units).toBeGreaterThan(10);
    // Nobody marked anything, so what is held out costs what it costs uncached.
    expect(output.held_out.prompt_usd).toBe(output.held_out.uncached_usd);
    const { measured } = output;
    if (measured === null) throw new Error(output.not_measured_because ?? "");
    const truth = 1 - Number(output.applied.prompt_usd) / Number(output.applied.uncached_usd);
    expect(measured.share).toBeCloseTo(truth, 1);
    expect(measured.share_low).toBeLessThan(measured.share);
    expect(measured.share_high).toBeGreaterThan(measured.share);
    expect(Number(measured.usd)).toBeGreaterThan(0);
  });
});
