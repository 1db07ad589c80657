/** What the autopilot does to a bill: the simulator's, for traffic of the real SDK. */
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { type CachePolicy, parseArm, TIME_BLOCK_MS } from "../../../src/domain/policy/index.ts";
import { nonePolicy, purserPolicy, replay } from "../../../src/domain/prompt-cache/index.ts";
import type { Simulator } from "../../../src/simulator/index.ts";
import type { Exchange } from "../../../src/stores/contracts/index.ts";
import {
  AGENT_MODEL,
  AGENT_SCRIPT,
  playAgents,
  type SentCall,
  type TrafficOptions,
} from "./agent-traffic.ts";
import { autopilot, startPolicied } from "./one-gateway.ts";
import { promptTokens, workloadOf } from "./predicted-workload.ts";

const TRAFFIC = { seed: 7, sessions: 6, turns: 20 };
const SHORT = { seed: 7, sessions: 3, turns: 6 };
/** The price table of the simulated model: fresh input is 1. */
const RATIOS = { read: 0.05, write5m: 1.25, write1h: 2 };

type Bill = { readonly total: bigint; readonly output: bigint; readonly input: bigint };
type Played = Bill & {
  readonly calls: readonly SentCall[];
  /** Hashes of the bodies that reached the simulator, in order. */
  readonly bodies: readonly string[];
  readonly exchanges: readonly Exchange[];
};

async function play(policies: readonly CachePolicy[], traffic: TrafficOptions): Promise<Played> {
  await using stage = await startPolicied(policies, { script: AGENT_SCRIPT });
  const calls = await playAgents(stage.simulator, stage.url, traffic);
  const bodies = stage.simulator.calls().map(({ requestSha256 }) => requestSha256);
  return { calls, bodies, exchanges: await stage.exchanges(), ...billOf(stage.simulator) };
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
  let plain: Promise<Played> | null = null;

  test("the autopilot lowers the simulator's bill as the replay predicts, within 2%", async () => {
    const off = await play([], TRAFFIC);
    const on = await play([autopilot()], TRAFFIC);
    expect(on.calls.length).toBe(off.calls.length);
    const workload = workloadOf(off.calls);
    const options = { rules: { prefixTokensMin: 512 }, ratios: RATIOS };
    const none = replay(workload, nonePolicy, options);
    const purser = replay(workload, purserPolicy, options);
    const prompts = off.calls.reduce((sum, { usage }) => sum + promptTokens(usage), 0);
    expect(none.tokens.input).toBeCloseTo(prompts, 0);
    const share = purser.inputTokenEquivalents / none.inputTokenEquivalents;
    const predicted = Number(off.output) + Number(off.input) * share;
    expect(share).toBeLessThan(0.5);
    expect(Number(on.total) / predicted).toBeGreaterThan(0.98);
    expect(Number(on.total) / predicted).toBeLessThan(1.02);
  });

  test("the autopilot puts on record what it added, and prices no call above its worst case", async () => {
    const { exchanges } = await play([autopilot()], SHORT);
    expect(exchanges.length).toBe(SHORT.sessions * SHORT.turns);
    for (const { opened, settled } of exchanges) {
      expect(opened.decisions[0]).toMatch(
        /^cache autopilot (apply (1h|5m)@|left-alone no-markers)/,
      );
      expect(parseArm(opened.arm ?? "")?.name).toBe("apply");
      expect(opened.prompt?.markers).toEqual([]);
      expect(settled?.measured?.total).toBeLessThanOrEqual(opened.worstCase.amount ?? 0n);
    }
  });

  test.each([
    ["observe", autopilot({ mode: "observe" }), /^$/],
    ["advise", autopilot({ mode: "advise" }), /^cache autopilot advise/],
    ["a match that fits no call", autopilot({ match: { endpoints: ["other"] } }), /^$/],
    ["everything held out", autopilot({ holdOut: 1 }), /^cache autopilot hold-out$/],
  ])("the autopilot changes no byte under %s", async (_name, policy, decision) => {
    plain ??= play([], SHORT);
    const policied = await play([policy], SHORT);
    expect(policied.bodies).toEqual((await plain).bodies);
    for (const { opened } of policied.exchanges) expect(opened.decisions.join()).toMatch(decision);
  });

  test.each(["respect", "improve"] as const)(
    "the autopilot does what it is told with markers of the client's own: %s",
    async (ownMarkers) => {
      const { cache } = autopilot();
      const policy = autopilot({ cache: { ...cache, ownMarkers } });
      await using stage = await startPolicied([policy], { script: AGENT_SCRIPT });
      const client = new Anthropic({ apiKey: "sk-ant-test", baseURL: stage.url, maxRetries: 0 });
      const marked = { cache_control: { type: "ephemeral", ttl: "1h" } } as const;
      const usages: Anthropic.Usage[] = [];
      for (let call = 0; call < 8; call += 1) {
        // Marked where it never pays: at the end of a question that nobody asks again.
        const content = [{ type: "text" as const, text: `Question ${call}`, ...marked }];
        const system = [{ type: "text" as const, text: "The rope is salt. ".repeat(2_000) }];
        const { usage } = await client.messages.create({
          ...{ model: AGENT_MODEL, max_tokens: 50, system, ...marked },
          messages: [{ role: "user", content }],
        });
        usages.push(usage);
        stage.simulator.clock.advance(30_000);
      }
      const read = usages.reduce((sum, usage) => sum + (usage.cache_read_input_tokens ?? 0), 0);
      const decisions = (await stage.exchanges()).map(({ opened }) => opened.decisions[0] ?? "");
      if (ownMarkers === "respect") {
        expect(new Set(decisions)).toEqual(new Set(["cache autopilot left-alone own-markers"]));
        expect(read).toBe(0);
      } else {
        expect(decisions.every((text) => text.startsWith("cache autopilot apply"))).toBe(true);
        expect(read).toBeGreaterThan(20_000);
      }
    },
  );

  test("the autopilot holds out whole units, and plans the others", async () => {
    await using stage = await startPolicied([autopilot({ holdOut: 0.5 })], {
      script: AGENT_SCRIPT,
    });
    for (let seed = 1; seed <= 8; seed += 1) {
      await playAgents(stage.simulator, stage.url, { seed, sessions: 2, turns: 5 });
      stage.simulator.clock.advance(TIME_BLOCK_MS);
    }
    const arms = new Map<string, Set<string>>();
    for (const { opened } of await stage.exchanges()) {
      const arm = parseArm(opened.arm ?? "");
      if (arm === null) throw new Error("a call without an arm");
      arms.set(arm.unit, (arms.get(arm.unit) ?? new Set()).add(arm.name));
      expect(opened.decisions[0]?.includes("hold-out")).toBe(arm.name === "hold-out");
    }
    expect([...arms.values()].every((names) => names.size === 1)).toBe(true);
    const names = new Set([...arms.values()].flatMap((set) => [...set]));
    expect([...names].sort()).toEqual(["apply", "hold-out"]);
  });
});
