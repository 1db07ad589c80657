/** Prefixes kept alive by calls of Purser's own: what that does to the simulator's bill, and when it ends. */
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import {
  instant,
  picoUsd,
  type Random,
  randomInteger,
  seededRandom,
} from "../../../src/base/index.ts";
import { formatVirtualKey, KEY_RANDOM_BYTES } from "../../../src/domain/access/index.ts";
import type { CachePolicy } from "../../../src/domain/policy/index.ts";
import { keyDigest } from "../../../src/services/exchange/index.ts";
import {
  type BudgetGate,
  type BudgetKeeper,
  DEFAULT_KEEP_ALIVE_LIMITS,
  type KeepAliveLimits,
} from "../../../src/services/gateway/index.ts";
import type { Exchange, VirtualKey } from "../../../src/stores/contracts/index.ts";
import { readMessagesRequest } from "../../../src/wire/messages/index.ts";
import type { WiringOptions } from "../wire-gateway.ts";
import { autopilot, type PoliciedGateway, START_MS, startPolicied } from "./one-gateway.ts";

const MODEL = "claude-opus-5-5";
const SESSIONS = 12;
const CALLS = 330;
/** Enough for the planner to know that a call would pay. */
const LEARNED_CALLS = 160;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How often what is due is looked for. */
const STEP_MS = 8_000;
const SECRET_TEXT = formatVirtualKey(new Uint8Array(KEY_RANDOM_BYTES).fill(1));

const VIRTUAL_KEY: VirtualKey = {
  ...{ id: "vk_people", name: "people", owner: null, user: null, team: "sales", userType: null },
  ...{ tags: {}, mayOverride: false, models: null, endpoints: null, limits: {} },
  ...{ createdAt: instant(START_MS), expiresAt: null, revokedAt: null },
  secrets: [
    {
      digest: keyDigest(SECRET_TEXT).toString("hex"),
      ...{ hint: "", createdAt: instant(START_MS), endsAt: null },
    },
  ],
};

function keeping(more: Partial<CachePolicy> = {}): CachePolicy {
  const policy = autopilot(more);
  return { ...policy, cache: { ...policy.cache, keepAlive: true } };
}

function start(policy: CachePolicy, wiring: Partial<WiringOptions> = {}): Promise<PoliciedGateway> {
  return startPolicied(
    [policy],
    { script: [{ reply: { text: { tokens: 40 } } }] },
    { upstreamKey: "sk-ant-of-the-provider", ...wiring },
  );
}

function limits(more: Partial<KeepAliveLimits>): Partial<WiringOptions> {
  return { keepAliveLimits: { ...DEFAULT_KEEP_ALIVE_LIMITS, ...more } };
}

/** Lets every call through but those that are set aside without a body. */
function aroundBudgets(budgets: BudgetKeeper): BudgetGate {
  const refusal = { code: "BUDGET_EXCEEDED", what: "the budget is spent" } as const;
  return {
    admit: (arrival) => budgets.admit(arrival),
    resume: (recorded) => budgets.resume(recorded),
    reserve: () => ({ kind: "refused", refusal }),
  };
}

type Person = {
  readonly messages: Anthropic.MessageParam[];
  readonly index: number;
  dueMs: number;
};

/** Passes time; what is due in it is done on the way. */
async function pass(stage: PoliciedGateway, untilMs: number): Promise<void> {
  const { clock } = stage.simulator;
  while (clock.nowMs() < untilMs) {
    clock.advance(Math.min(STEP_MS, untilMs - clock.nowMs()));
    await stage.gateway.keepAlive();
  }
}

/** People who mostly come back within the hour, and else within two. */
async function play(stage: PoliciedGateway, apiKey: string, calls = CALLS): Promise<void> {
  const client = new Anthropic({ apiKey, baseURL: stage.url, maxRetries: 0 });
  const random = seededRandom(3);
  const startMs = stage.simulator.clock.nowMs();
  const people = Array.from({ length: SESSIONS }, (_, index): Person => {
    return { index, messages: [], dueMs: startMs + randomInteger(random, 0, HOUR_MS) };
  });
  for (let call = 0; call < calls; call += 1) {
    const person = people.reduce((first, other) => (other.dueMs < first.dueMs ? other : first));
    await pass(stage, person.dueMs);
    await ask(client, person);
    person.dueMs = stage.simulator.clock.nowMs() + gapMs(random);
  }
}

function gapMs(random: Random): number {
  return randomInteger(random, 1, 10) <= 8
    ? randomInteger(random, 6 * MINUTE_MS, 50 * MINUTE_MS)
    : randomInteger(random, 65 * MINUTE_MS, 110 * MINUTE_MS);
}

async function ask(client: Anthropic, { index, messages }: Person): Promise<void> {
  messages.push({ role: "user", content: `Question ${messages.length} of ${index}` });
  const system = `The papers of person ${index}: ${"salt and rope in a cold bay ".repeat(3_000)}`;
  const asked = { model: MODEL, max_tokens: 100, system, messages: [...messages] };
  const { content } = await client.messages.create(asked, {
    headers: { "x-purser-endpoint": "papers" },
  });
  messages.push({ role: "assistant", content });
}

function billOf({ simulator }: PoliciedGateway): bigint {
  return simulator.calls().reduce((sum, { bill }) => sum + bill.totalPicoUsd, 0n);
}

function keepAlivesIn(exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.filter(({ opened }) => opened.decisions[0] === "cache autopilot keep-alive");
}

describe("keep-alive calls", () => {
  test("keep-alive calls lower the simulator's bill, are on record, and end when nobody comes back", async () => {
    await using without = await start(autopilot());
    without.gateway.useKeys([VIRTUAL_KEY]);
    await play(without, SECRET_TEXT);
    await using kept = await start(keeping());
    kept.gateway.useKeys([VIRTUAL_KEY]);
    await play(kept, SECRET_TEXT);
    expect(without.simulator.calls().length).toBe(CALLS);
    expect(billOf(kept)).toBeLessThan(billOf(without));
    const { read = 0, missed = 0, failed = 0 } = kept.counters().keepAlives;
    expect(read).toBeGreaterThan(10);
    expect([missed, failed]).toEqual([0, 0]);

    // Everybody has left: a day later nothing has been asked for half of it.
    await pass(kept, kept.simulator.clock.nowMs() + 24 * HOUR_MS);
    const callsThen = kept.simulator.calls().length;
    await pass(kept, kept.simulator.clock.nowMs() + 12 * HOUR_MS);
    expect(kept.simulator.calls().length).toBe(callsThen);

    const billed = billOf(kept);
    const exchanges = await kept.exchanges();
    const own = keepAlivesIn(exchanges);
    expect(own.length).toBe(kept.simulator.calls().length - CALLS);
    let measured = 0n;
    for (const { settled } of exchanges) measured += settled?.measured?.total ?? 0n;
    expect(measured).toBe(billed);
    for (const { opened, settled } of own) {
      expect(opened).toMatchObject({ maxTokens: 0, stream: false, path: "/v1/messages" });
      expect(opened.attributes).toMatchObject({
        key: "vk_people",
        endpoint: "papers",
        team: "sales",
      });
      expect(opened.arm).toMatch(/^apply/);
      expect(settled).toMatchObject({ outcome: "completed", stopReason: "max_tokens" });
      expect(settled?.measured?.total).toBeLessThanOrEqual(opened.worstCase.amount ?? 0n);
    }
  }, 120_000);

  test("keep-alive calls are never made for a caller with a key of its own", async () => {
    await using stage = await start(keeping());
    await play(stage, "sk-ant-own", LEARNED_CALLS);
    expect(stage.simulator.calls().length).toBe(LEARNED_CALLS);
    expect(stage.counters().keepAlives).toEqual({});
  }, 60_000);

  test.each([
    ["in a held-out unit", keeping({ holdOut: 1 }), {}, ""],
    [
      "beyond the spend of an hour",
      keeping(),
      limits({ spendPerHourMax: picoUsd(1n) }),
      "spend-limit",
    ],
    ["beyond the calls of a minute", keeping(), limits({ callsPerMinuteMax: 0 }), "spend-limit"],
    ["beyond the calls of a prompt", keeping(), limits({ callsPerPromptMax: 0 }), "calls-limit"],
    ["beyond the prompts that are kept", keeping(), limits({ promptsMax: 0 }), ""],
    ["beyond the bytes that are kept", keeping(), limits({ bodiesBytesMax: 1_000 }), ""],
    ["beyond a budget", keeping(), { aroundBudgets }, "budget"],
  ] as const)(
    "keep-alive calls are never made %s",
    async (_name, policy, wiring, outcome) => {
      await using stage = await start(policy, wiring);
      stage.gateway.useKeys([VIRTUAL_KEY]);
      await play(stage, SECRET_TEXT, LEARNED_CALLS);
      expect(stage.simulator.calls().length).toBe(LEARNED_CALLS);
      const { keepAlives } = stage.counters();
      expect(Object.keys(keepAlives)).toEqual(outcome === "" ? [] : [outcome]);
      expect(keepAlivesIn(await stage.exchanges())).toEqual([]);
    },
    60_000,
  );

  test("keep-alive calls have no setting that the provider refuses without an answer", async () => {
    await using stage = await start(keeping());
    const client = new Anthropic({ apiKey: "sk", baseURL: stage.simulator.url, maxRetries: 0 });
    const tools = [{ name: "t", input_schema: { type: "object" as const } }];
    const schema = { type: "object", properties: {}, additionalProperties: false };
    const settings: readonly (readonly [object, boolean])[] = [
      [{}, true],
      [{ thinking: { type: "adaptive" } }, true],
      [{ thinking: { type: "disabled" } }, true],
      [{ tools, tool_choice: { type: "auto" } }, true],
      [{ output_config: { effort: "low" } }, true],
      [{ thinking: { type: "enabled", budget_tokens: 1_024 } }, false],
      [{ output_config: { format: { type: "json_schema", schema } } }, false],
      [{ tools, tool_choice: { type: "any" } }, false],
      [{ tools, tool_choice: { type: "tool", name: "t" } }, false],
      [{ compaction: { type: "enabled" } }, false],
      [{ diagnostics: { previous_message_id: null } }, false],
    ];
    for (const [more, may] of settings) {
      const messages = [{ role: "user" as const, content: "a" }];
      const body = { model: MODEL, max_tokens: 0, messages, ...more };
      const request = readMessagesRequest(body);
      expect(request).toMatchObject({ mayBePrewarmed: may });
      const answer = client.messages.create(body);
      if (may) await expect(answer).resolves.toMatchObject({ content: [] });
      else await answer.catch((error: unknown) => expect(error).toBeInstanceOf(Anthropic.APIError));
    }
  });

  test("keep-alive calls end with the virtual key that they serve", async () => {
    await using stage = await start(keeping());
    stage.gateway.useKeys([VIRTUAL_KEY]);
    await play(stage, SECRET_TEXT, LEARNED_CALLS);
    stage.gateway.useKeys([]);
    const before = stage.simulator.calls().length;
    await pass(stage, stage.simulator.clock.nowMs() + 3 * HOUR_MS);
    expect(stage.simulator.calls().length).toBe(before);
    expect(stage.counters().keepAlives["key-gone"]).toBeGreaterThan(0);
  }, 60_000);
});
