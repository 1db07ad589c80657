import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PicoUsd, parseInstant, parseUsd } from "../../../base/index.ts";
import { compileCatalogue } from "../../catalogue/index.ts";
import {
  type CallProfile,
  Counterfactual,
  type Lever,
  priceOfCall,
  type RecordedCall,
  ratioOf,
  type Step,
} from "../index.ts";

const CATALOGUE = compileCatalogue();
const AT = parseInstant("2026-11-20T12:00:00Z");
if (AT === null) throw new Error("a moment is a moment");
const SURE = { low: 1, likely: 1, high: 1 };

function modelOf(id: string) {
  const found = CATALOGUE.resolve(id);
  if (found.kind === "unknown") throw new Error(id);
  return found.facts;
}

function profileOf(id: string, endpoint = "chat"): CallProfile {
  return {
    facts: {
      endpoint,
      model: id,
      key: null,
      team: null,
      user: null,
      session: null,
      userType: null,
      tags: {},
    },
    model: modelOf(id),
    pricedAs: { serviceTier: "standard", speed: null, inferenceGeo: null },
    effort: null,
    composite: false,
  };
}

type Tokens = RecordedCall["tokens"];

function callOf(id: string, tokens: Partial<Tokens>, outputTokens = 100): RecordedCall {
  const whole = { read: 0, write5m: 0, write1h: 0, input: 0, ...tokens };
  const { pricedAs } = profileOf(id);
  const billable = { model: modelOf(id), pricedAs, tokens: whole, outputTokens, webSearches: 0 };
  const amount = priceOfCall(billable, AT as never, CATALOGUE);
  if (amount === null) throw new Error("this is sold");
  const prompt = null;
  const atMs = AT as number;
  const begins = { atMs, responseBeginMs: atMs, cancelled: false };
  return { ...begins, tokens: whole, outputTokens, webSearches: 0, amount, prompt };
}

function step(lever: Lever, endpoint: string | null = null): Step {
  const fits: Step["fits"] = (call) => endpoint === null || call.endpoint === endpoint;
  return { name: lever.kind, lever, fits };
}

function run(steps: readonly Step[], calls: readonly (readonly [CallProfile, RecordedCall])[]) {
  const engine = new Counterfactual(steps, CATALOGUE);
  for (const [profile, call] of calls) engine.add(engine.plan(profile), call);
  return engine;
}

const route = (id: string): Lever => ({ kind: "route", model: modelOf(id), outputRatio: SURE });

const IDS = [
  "claude-opus-5-5",
  "claude-sonnet-5-5",
  "claude-haiku-5-5",
  "claude-haiku-4-5",
] as const;
const calls = fc.array(
  fc.record({
    id: fc.constantFrom(...IDS),
    endpoint: fc.constantFrom("chat", "report"),
    tokens: fc.record({
      read: fc.nat(120_000),
      write5m: fc.nat(5_000),
      write1h: fc.nat(500),
      input: fc.nat(3_000),
    }),
    output: fc.nat(4_000),
  }),
  { maxLength: 30 },
);
const levers: readonly Lever[] = [
  route("claude-haiku-5-5"),
  { kind: "defer", cacheHits: { low: 0.3, likely: 0.64, high: 0.98 } },
  { kind: "cap", outputTokensMax: 1_000 },
  { kind: "effort", effort: "low" },
  { kind: "volume", factor: ratioOf(1.7) },
];

describe("Counterfactual", () => {
  test("Counterfactual starts from the ledger's sum, and steps that fit nothing leave it, always", () => {
    fc.assert(
      fc.property(calls, (given) => {
        const recorded = given.map(
          ({ id, endpoint, tokens, output }) =>
            [profileOf(id, endpoint), callOf(id, tokens, output)] as const,
        );
        const engine = run(
          levers.map((lever) => step(lever, "nowhere")),
          recorded,
        );
        const sum = recorded.reduce((all, [, { amount }]) => all + amount, 0n);
        expect(engine.recorded).toBe(sum);
        expect(engine.repricedExactly).toBe(recorded.length);
        for (const { amount } of engine.sums) {
          expect(amount).toEqual({ likely: sum, low: sum, high: sum });
        }
      }),
      { numRuns: 50 },
    );
  });

  test("Counterfactual's likely amount always lies between its ends", () => {
    fc.assert(
      fc.property(calls, fc.shuffledSubarray([...levers], { minLength: 1 }), (given, order) => {
        const engine = run(
          order.map((lever) => step(lever)),
          given.map(
            ({ id, tokens, output }) => [profileOf(id), callOf(id, tokens, output)] as const,
          ),
        );
        for (const { amount } of engine.sums) {
          expect(amount.low <= amount.likely && amount.likely <= amount.high).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("Counterfactual converts tokens of another tokenizer, and keeps no prefix that is too short", () => {
    // 1,300 read and 1,300 fresh on the newer tokenizer are 1,000 and 1,000 on Haiku 4.5, which keeps 4,096.
    const id = "claude-opus-5-5";
    const engine = run(
      [step(route("claude-haiku-4-5"))],
      [[profileOf(id), callOf(id, { read: 1_300, input: 1_300 }, 130)]],
    );
    expect(engine.sums[0]?.amount.likely).toBe(parseUsd("0.0025"));
  });

  test("Counterfactual takes Haiku 5.5's step on the call that passes it", () => {
    const id = "claude-opus-5-5";
    const cost = (input: number) =>
      run([step(route("claude-haiku-5-5"))], [[profileOf(id), callOf(id, { input }, 1_000)]])
        .sums[0]?.amount.likely;
    expect([cost(100_000), cost(100_001)]).toEqual([parseUsd("0.0105"), parseUsd("0.0525005")]);
  });

  test("Counterfactual leaves and counts a call that the new model cannot take", () => {
    const id = "claude-opus-5-5";
    const call = callOf(id, { input: 400_000 });
    const engine = run([step(route("claude-haiku-4-5"))], [[profileOf(id), call]]);
    expect(engine.sums[0]?.amount.likely).toBe(call.amount);
    expect([...(engine.sums[0]?.notApplied ?? [])]).toEqual([["does not fit the model", 1]]);
  });

  test("Counterfactual lets the first policy of a lever decide, and volumes add up", () => {
    const id = "claude-opus-5-5";
    const call = callOf(id, { input: 1_000 }, 0);
    const engine = run(
      [
        step(route("claude-sonnet-5-5")),
        step(route("claude-haiku-5-5")),
        step({ kind: "volume", factor: ratioOf(2) }),
        step({ kind: "volume", factor: ratioOf(2.5) }),
      ],
      [[profileOf(id), call]],
    );
    const amounts = engine.sums.map(({ amount }) => amount.likely);
    expect(amounts).toEqual(["0.002", "0.002", "0.004", "0.01"].map(parseUsd));
  });

  test("Counterfactual counts from the ledger's amount where prices have changed since", () => {
    const id = "claude-opus-5-5";
    const call = { ...callOf(id, { input: 1_000 }, 0), amount: parseUsd("0.005") as PicoUsd };
    const engine = run([step(route("claude-sonnet-5-5"))], [[profileOf(id), call]]);
    expect([...engine.repricedOtherwise.values()]).toMatchObject([
      { calls: 1, recorded: parseUsd("0.005"), repriced: parseUsd("0.004") },
    ]);
    // Two dollars a million less than four: what the step saves is what it would have saved of the list.
    expect(engine.sums[0]?.amount.likely).toBe(parseUsd("0.003"));
  });
});
