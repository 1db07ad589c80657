import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatUsd, parseInstant, parseUsd } from "../../../base/index.ts";
import { compileCatalogue } from "../../catalogue/index.ts";
import {
  A_DAY,
  A_MONTH,
  A_YEAR,
  CACHE_RULES,
  type CacheRule,
  constant,
  type Distribution,
  rangeAround,
  type Workload,
  WorkloadEstimator,
  ZERO,
} from "../index.ts";

const CATALOGUE = compileCatalogue();
const AT = parseInstant("2026-11-25");
if (AT === null) throw new Error("a day is a day");
const SETTING = {
  catalogue: CATALOGUE,
  at: AT,
  tokenizer: "claude-4.7",
  batchCacheHits: 1,
  seed: 1,
} as const;

function workload(changes: Partial<Workload> = {}): Workload {
  return {
    name: "chat",
    model: null,
    effort: null,
    cache: "none",
    batch: false,
    latencyMsMax: null,
    tools: ZERO,
    system: constant(2_000),
    documents: { tokens: ZERO, shared: false },
    retrieval: { tokens: ZERO, kept: false },
    message: constant(200),
    output: constant(300),
    outputTokensMax: null,
    turns: constant(1),
    historyPerTurn: null,
    historyTurnsMax: null,
    secondsBetweenTurns: constant(60),
    retries: 0,
    webSearchesPerCall: ZERO,
    volume: {
      of: "calls",
      perDay: constant(1_000),
      users: null,
      byHour: [],
      byWeekday: [],
      byMonth: [],
      arrivals: "even",
    },
    ...changes,
  };
}

function volume(perDay: number, changes: Partial<Workload["volume"]> = {}): Workload["volume"] {
  return { ...workload().volume, perDay: constant(perDay), ...changes };
}

function modelOf(id: string) {
  const found = CATALOGUE.resolve(id);
  if (found.kind === "unknown") throw new Error(id);
  return found.facts;
}

function estimated(
  changes: Partial<Workload>,
  id = "claude-sonnet-5-5",
  more: { readonly cache?: CacheRule; readonly batch?: boolean } = {},
) {
  const { cache = "none", batch = false } = more;
  const estimate = new WorkloadEstimator(workload(changes), SETTING).estimate({
    model: modelOf(id),
    cache,
    batch,
    effort: null,
  });
  if (estimate === null) throw new Error("this is sold");
  return estimate;
}

const day = (...question: Parameters<typeof estimated>): string =>
  formatUsd(estimated(...question).amountOf(A_DAY));

describe("WorkloadEstimator", () => {
  test("WorkloadEstimator prices constants exactly, whatever the volume", () => {
    // 2,200 in at 2 dollars and 300 out at 10: 0.0074 a call.
    expect(day({})).toBe("7.4");
    expect(day({ volume: volume(1_000_000) })).toBe("7400");
    expect(day({ volume: volume(0.5) })).toBe("0.0037");
    expect(formatUsd(estimated({}).amountOf(A_YEAR))).toBe("2701");
  });

  test("WorkloadEstimator sends the history again on every turn", () => {
    // Ten turns: 10 x 2,200 and 500 x (0 + 1 + … + 9).
    const conversation = 10 * 2_200 + 500 * 45;
    const expected = (100 * (conversation * 2 + 3_000 * 10)) / 1e6;
    expect(day({ turns: constant(10) })).toBe(String(expected));
    const kept = 10 * 2_200 + 500 * (0 + 1 + 2 * 8);
    expect(day({ turns: constant(10), historyTurnsMax: 2 })).toBe(
      String((100 * (kept * 2 + 3_000 * 10)) / 1e6),
    );
  });

  test("WorkloadEstimator reads what the call before wrote, as a hand would reckon it", () => {
    // Read: 2,000, then what the turn before ended with; written: each turn's own 200 or 500.
    const question = { turns: constant(10), volume: volume(10_000) };
    expect(day(question, "claude-sonnet-5-5", { cache: "5m" })).toBe("45.73");
  });

  test("WorkloadEstimator finds an entry dead once its lifetime is over", () => {
    // One call every 8 minutes: always written for five minutes, always read within the hour.
    const rare = { volume: volume(180) };
    const written = 180 * (2_200 * 2.5 + 3_000);
    const read = 180 * (2_000 * 0.1 + 200 * 4 + 3_000);
    expect(day(rare, "claude-sonnet-5-5", { cache: "5m" })).toBe(String(written / 1e6));
    expect(day(rare, "claude-sonnet-5-5", { cache: "1h" })).toBe(String(read / 1e6));
  });

  test("WorkloadEstimator keeps no prefix that is too short for the model", () => {
    // Opus 4.6 keeps 4,096 tokens and more; converted to its tokenizer 2,200 are 1,692.
    const none = day({}, "claude-opus-4-6");
    expect(day({}, "claude-opus-4-6", { cache: "1h" })).toBe(none);
    expect(none).toBe(String((1_000 * ((1_538 + 154) * 5 + 231 * 25)) / 1e6));
  });

  test("WorkloadEstimator takes Haiku 5.5's step on the request that passes it, and on no other", () => {
    const call = (system: number) =>
      day(
        { system: constant(system), message: ZERO, output: constant(1_000), volume: volume(1) },
        "claude-haiku-5-5",
      );
    expect(call(100_000)).toBe("0.0105");
    expect(call(100_001)).toBe("0.0525005");
  });

  test("WorkloadEstimator halves every token in a batch and no fee", () => {
    const searching = { webSearchesPerCall: constant(1) };
    expect(day(searching)).toBe("17.4");
    expect(day(searching, "claude-sonnet-5-5", { batch: true })).toBe("13.7");
  });

  test("WorkloadEstimator bills retries twice", () => {
    expect(day({ retries: 1 })).toBe("14.8");
  });

  const sizes: fc.Arbitrary<Distribution> = fc.oneof(
    fc.nat(5_000).map(constant),
    fc.record({
      kind: fc.constant("uniform" as const),
      min: fc.nat(99),
      max: fc.integer({ min: 100, max: 9_000 }),
    }),
  );
  const workloads = fc.record({
    tools: sizes,
    system: sizes,
    message: sizes,
    output: sizes,
    documents: fc.record({ tokens: sizes, shared: fc.boolean() }),
    retrieval: fc.record({ tokens: sizes, kept: fc.boolean() }),
    turns: fc.integer({ min: 1, max: 6 }).map(constant),
    retries: fc.constantFrom(0, 0.1),
    volume: fc.record({
      of: fc.constantFrom("calls" as const, "conversations" as const),
      perDay: fc.integer({ min: 1, max: 3_000 }).map(constant),
      users: fc.constant(null),
      byHour: fc.oneof(
        fc.constant([]),
        fc
          .array(fc.nat(3), { minLength: 24, maxLength: 24 })
          .map((hours) => [1, ...hours.slice(1)]),
      ),
      byWeekday: fc.constant([]),
      byMonth: fc.constant([]),
      arrivals: fc.constantFrom("even" as const, "random" as const),
    }),
  });

  test("WorkloadEstimator's cells always sum to the bill, for any stretch of days", () => {
    fc.assert(
      fc.property(
        workloads,
        fc.constantFrom(...CACHE_RULES),
        fc.boolean(),
        (changes, cache, batch) => {
          const estimate = estimated(changes, "claude-haiku-5-5", { cache, batch });
          for (const days of [A_DAY, A_MONTH, A_YEAR]) {
            const sum = estimate.cellsOf(days).reduce((all, { amount }) => all + amount, 0n);
            expect(sum).toBe(estimate.amountOf(days));
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  test("WorkloadEstimator's short way to an amount is always the same amount", () => {
    fc.assert(
      fc.property(workloads, fc.constantFrom(...CACHE_RULES), (changes, cache) => {
        const estimator = new WorkloadEstimator(workload(changes), SETTING);
        const way = { model: modelOf("claude-haiku-5-5"), cache, batch: false, effort: null };
        expect(estimator.amountOf(way, A_MONTH)).toBe(estimator.estimate(way)?.amountOf(A_MONTH));
      }),
      { numRuns: 6 },
    );
  });

  test("WorkloadEstimator gives no interval to constants, and to others the same one each time", () => {
    expect(estimated({}).spread).toBeNull();
    const varying = { output: { kind: "uniform", min: 100, max: 500 } as const };
    const range = () => {
      const { spread, amountOf } = estimated(varying);
      return spread === null ? null : rangeAround(amountOf(A_DAY), [spread], 1);
    };
    const first = range();
    expect(first).toEqual(range());
    // A thousand uniform draws: the mean within about 1.7 x 115.5 / sqrt(1000) tokens, twice over.
    const width = Number((first?.high ?? 0n) - (first?.low ?? 0n)) / 1e12;
    expect(width).toBeGreaterThan(0.08);
    expect(width).toBeLessThan(0.25);
    expect(first?.low).toBeLessThan(parseUsd("7.4"));
    expect(first?.high).toBeGreaterThan(parseUsd("7.4"));
  });
});
