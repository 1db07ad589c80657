import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatUsd, instant, tokenCount } from "../../base/index.ts";
import { compileCatalogue } from "../catalogue/index.ts";
import {
  type Bill,
  type BillOutcome,
  type BillQuestion,
  computeBill,
  promptTokensOf,
  type Usage,
  type UsageIteration,
} from "./index.ts";

const catalogue = compileCatalogue();
const AT = instant(Date.parse("2026-11-22"));

type Counts = readonly [
  input: number,
  write5m: number,
  write1h: number,
  read: number,
  output: number,
];

function tokens([input, write5m, write1h, read, output]: Counts) {
  return {
    inputTokens: tokenCount(input),
    cacheWrite5mTokens: tokenCount(write5m),
    cacheWrite1hTokens: tokenCount(write1h),
    cacheReadTokens: tokenCount(read),
    outputTokens: tokenCount(output),
    thinkingTokens: null,
  };
}

function usage(counts: Counts, more: Partial<Usage> = {}): Usage {
  return {
    ...tokens(counts),
    serviceTier: "standard",
    speed: null,
    inferenceGeo: null,
    webSearchRequests: 0,
    webFetchRequests: 0,
    iterations: null,
    unknownFields: [],
    ...more,
  };
}

function iteration(
  kind: UsageIteration["kind"],
  counts: Counts,
  model: string | null = null,
): UsageIteration {
  return { ...tokens(counts), kind, model };
}

function outcome(model: string, used: Usage, more: Partial<BillQuestion> = {}): BillOutcome {
  return computeBill({ catalogue, model, at: AT, usage: used, ...more });
}

function bill(model: string, used: Usage, more: Partial<BillQuestion> = {}): Bill {
  const result = outcome(model, used, more);
  if (result.kind !== "billed") throw new Error(`${result.kind}`);
  return result.bill;
}

const usd = (model: string, used: Usage, more: Partial<BillQuestion> = {}) =>
  formatUsd(bill(model, used, more).total);

describe("computeBill", () => {
  const MIXED: Counts = [10_000, 20_000, 30_000, 40_000, 5_000];

  test("prices every class at its own rate", () => {
    expect(usd("claude-opus-5-5", usage(MIXED))).toBe("0.488");
    expect(
      bill("claude-opus-5-5", usage(MIXED)).lines.map(({ item, amount }) => [
        item,
        formatUsd(amount),
      ]),
    ).toEqual([
      ["input", "0.04"],
      ["cache_write_5m", "0.1"],
      ["cache_write_1h", "0.24"],
      ["cache_read", "0.008"],
      ["output", "0.1"],
    ]);
  });

  test("takes batch, region and speed from the response", () => {
    const more = { serviceTier: "batch", inferenceGeo: "us" };
    expect(usd("claude-opus-5-5", usage(MIXED, more))).toBe("0.2684");
    expect(usd("claude-opus-5-5", usage(MIXED, { speed: "fast" }))).toBe("0.976");
    expect(bill("claude-opus-5-5", usage(MIXED, more)).basis).toEqual([
      expect.objectContaining({ serviceTier: "batch", inferenceGeo: "us", speed: "standard" }),
    ]);
  });

  test("adds web search without batch discount, and nothing for fetches", () => {
    const more = { webSearchRequests: 3, webFetchRequests: 9, serviceTier: "batch" };
    expect(usd("claude-opus-5-5", usage([0, 0, 0, 0, 0], more))).toBe("0.03");
  });

  test("steps Claude Haiku 5.5 by the whole prompt, cached parts included", () => {
    expect(usd("claude-haiku-5-5", usage([100_000, 0, 0, 0, 1_000]))).toBe("0.0105");
    expect(usd("claude-haiku-5-5", usage([100_001, 0, 0, 0, 1_000]))).toBe("0.0525005");
    expect(usd("claude-haiku-5-5", usage([1, 0, 0, 100_000, 0]))).toBe("0.0050005");
  });

  test("says aloud what it cannot price, and keeps what it can apart", () => {
    expect(outcome("claude-sonnet-5-6", usage(MIXED))).toMatchObject({
      kind: "unpriced",
      reason: "unknown-model",
      partial: null,
    });
    const unknown = usage(MIXED, { unknownFields: ["usage.cache_creation.ephemeral_24h"] });
    expect(outcome("claude-opus-5-5", unknown)).toMatchObject({
      kind: "unpriced",
      reason: "unknown-usage-field",
      message: expect.stringContaining("ephemeral_24h"),
      partial: { total: 488_000_000_000n },
    });
    expect(outcome("claude-2.1", usage([1, 1, 0, 0, 1]))).toMatchObject({
      kind: "unpriced",
      reason: "class-not-sold",
    });
    expect(outcome("claude-opus-5-5", usage(MIXED, { serviceTier: "priority" }))).toMatchObject({
      kind: "unpriced",
      reason: "priority-commitment",
    });
  });

  test("does not bill a failed call", () => {
    expect(outcome("claude-opus-5-5", usage(MIXED), { httpStatus: 529 }).kind).toBe("not-billed");
    expect(outcome("claude-opus-5-5", usage(MIXED), { httpStatus: 200 }).kind).toBe("billed");
  });

  test.each([
    ["cyber", "2026-11-22", false, "not-billed"],
    [null, "2026-11-22", false, "not-billed"],
    ["cyber", "2026-11-22", true, "billed"],
    ["bio", "2026-11-22", false, "billed"],
    ["frontier_llm", "2026-09-24", false, "billed"],
    ["reasoning_extraction", "2026-09-23", false, "not-billed"],
    ["cyber", "2026-11-22", null, "billed"],
  ])("a refusal of category %s on %s, output seen %s, is %s", (category, day, seen, expected) => {
    const result = outcome("claude-fable-5", usage([18, 0, 0, 0, 5]), {
      at: instant(Date.parse(day)),
      stopReason: "refusal",
      stopCategory: category,
      producedOutput: seen,
    });
    expect(result.kind).toBe(expected);
  });

  test("remarks on a partner's id and on a retired model", () => {
    expect(bill("anthropic/claude-haiku-4.5", usage(MIXED)).remarks.join()).toContain("reseller");
    expect(bill("claude-3-haiku-20240307", usage(MIXED)).remarks.join()).toContain("2026-04-20");
    expect(bill("claude-haiku-4-5", usage(MIXED)).remarks).toEqual([]);
  });
});

describe("computeBill with iterations", () => {
  test("adds compaction and advisor samplings, each at its own model's rates", () => {
    const iterations = [
      iteration("compaction", [50_000, 0, 0, 0, 100]),
      iteration("message", [100, 0, 0, 0, 10]),
      iteration("advisor_message", [2_000, 0, 0, 0, 20], "claude-opus-4-8"),
      iteration("message", [200, 0, 0, 0, 30]),
    ];
    const used = usage([300, 0, 0, 0, 40], { iterations });
    // Sonnet 5: 50,300 in at 2 and 140 out at 10; Opus 4.8: 2,000 in at 5 and 20 out at 25.
    expect(usd("claude-sonnet-5", used)).toBe("0.1125");
    expect(bill("claude-sonnet-5", used).lines).toHaveLength(4);
  });

  test("bills an attempt of a fallback only when it produced output", () => {
    const iterations = [
      iteration("message", [408, 0, 0, 0, 0], "claude-fable-5"),
      iteration("fallback_message", [412, 0, 0, 0, 264], "claude-opus-4-8"),
    ];
    const used = usage([412, 0, 0, 0, 264], { iterations });
    expect(usd("claude-fable-5", used)).toBe("0.00866");
    expect(bill("claude-fable-5", used).basis.map(({ model }) => model)).toEqual([
      "claude-opus-4-8",
    ]);
  });

  test("bills an unnamed attempt before a fallback as the model asked, and never as the fallback", () => {
    const iterations = [
      iteration("compaction", [1_000, 0, 0, 0, 0]),
      iteration("message", [400, 0, 0, 0, 10]),
      iteration("fallback_message", [500, 0, 0, 0, 20]),
      iteration("message", [600, 0, 0, 0, 30]),
    ];
    const used = usage([600, 0, 0, 0, 30], { iterations });
    // Fable 5: 1,400 in at 10 and 10 out at 50; Opus 4.8: 1,100 in at 5 and 50 out at 25.
    expect(usd("claude-opus-4-8", used, { modelAsked: "claude-fable-5" })).toBe("0.02125");
    expect(outcome("claude-opus-4-8", used)).toMatchObject({
      kind: "unpriced",
      reason: "unknown-model",
      message: expect.stringContaining("usage.iterations[0] names no model"),
      partial: { total: 6_750_000_000n },
    });
  });

  test("does not guess the model of an unnamed fallback between two models", () => {
    const iterations = [
      iteration("message", [400, 0, 0, 0, 0]),
      iteration("fallback_message", [500, 0, 0, 0, 20]),
      iteration("fallback_message", [600, 0, 0, 0, 30]),
    ];
    const used = usage([600, 0, 0, 0, 30], { iterations });
    expect(outcome("claude-opus-4-8", used, { modelAsked: "claude-fable-5" })).toMatchObject({
      kind: "unpriced",
      message: expect.stringContaining("usage.iterations[1] names no model"),
    });
  });

  const REFUSED = { stopReason: "refusal", stopCategory: "cyber", producedOutput: false };

  test("bills what was sampled beside a free refusal, and not the refusal", () => {
    const iterations = [
      iteration("compaction", [50_000, 0, 0, 0, 100]),
      iteration("message", [1_000, 0, 0, 0, 10]),
      iteration("advisor_message", [2_000, 0, 0, 0, 20], "claude-opus-4-8"),
      iteration("message", [7_000, 0, 0, 0, 5]),
    ];
    const used = usage([8_000, 0, 0, 0, 15], { iterations });
    // Sonnet 5: 51,000 in at 2 and 110 out at 10; Opus 4.8: 2,000 in at 5 and 20 out at 25.
    expect(usd("claude-sonnet-5", used, REFUSED)).toBe("0.1136");
    expect(bill("claude-sonnet-5", used, REFUSED).remarks.join()).toContain("beside it is billed");
  });

  test("bills no attempt of a chain whose last one was refused without output", () => {
    const iterations = [
      iteration("message", [408, 0, 0, 0, 0], "claude-fable-5"),
      iteration("fallback_message", [412, 0, 0, 0, 3], "claude-opus-4-8"),
    ];
    const used = usage([412, 0, 0, 0, 3], { iterations });
    expect(outcome("claude-opus-4-8", used, REFUSED).kind).toBe("not-billed");
    const alone = usage([412, 0, 0, 0, 3], { iterations: iterations.slice(1) });
    expect(outcome("claude-opus-4-8", alone, REFUSED).kind).toBe("not-billed");
  });

  test("bills a pre-warm of one iteration although it has no output", () => {
    const used = usage([5, 1_000, 0, 0, 0], {
      iterations: [iteration("message", [5, 1_000, 0, 0, 0])],
    });
    expect(usd("claude-opus-5-5", used)).toBe("0.00502");
  });

  test("compares each sampling with the step, or the request, by the named assumption", () => {
    const iterations = [
      iteration("message", [60_000, 0, 0, 0, 0]),
      iteration("message", [60_000, 0, 0, 0, 0]),
    ];
    const used = usage([120_000, 0, 0, 0, 0], { iterations });
    expect(usd("claude-haiku-5-5", used)).toBe("0.012");
    expect(usd("claude-haiku-5-5", used, { assumptions: { promptLengthOf: "request" } })).toBe(
      "0.06",
    );
  });

  test("believes iterations that disagree with the top level, and says so", () => {
    const used = usage([1, 0, 0, 0, 1], {
      iterations: [iteration("message", [100, 0, 0, 0, 10])],
    });
    expect(usd("claude-opus-5-5", used)).toBe("0.0006");
    expect(bill("claude-opus-5-5", used).remarks.join()).toContain("does not add up");
  });

  test("keeps the top level when the iterations hold no message", () => {
    const used = usage([100, 0, 0, 0, 10], {
      iterations: [iteration("advisor_message", [1, 0, 0, 0, 1], "claude-opus-5")],
    });
    expect(usd("claude-opus-5-5", used)).toBe("0.00063");
  });

  test("is unpriced, with a partial bill, when one iteration's model is unknown", () => {
    const iterations = [
      iteration("message", [100, 0, 0, 0, 10]),
      iteration("advisor_message", [1, 0, 0, 0, 1], "claude-next"),
    ];
    expect(outcome("claude-opus-5-5", usage([100, 0, 0, 0, 10], { iterations }))).toMatchObject({
      kind: "unpriced",
      reason: "unknown-model",
      partial: { total: 600_000_000n },
    });
  });
});

describe("computeBill always", () => {
  const count = fc.integer({ min: 0, max: 2_000_000 });
  const counts: fc.Arbitrary<Counts> = fc.tuple(count, count, count, count, count);
  const models = fc.constantFrom(...catalogue.models().map(({ id }) => id as string));
  const usages = fc
    .record({
      counts,
      serviceTier: fc.constantFrom(null, "standard", "batch"),
      speed: fc.constantFrom(null, "standard", "fast"),
      inferenceGeo: fc.constantFrom(null, "global", "us", "not_available"),
      webSearchRequests: fc.integer({ min: 0, max: 50 }),
    })
    .map(({ counts: all, ...more }) => usage(all, more));

  test("sums its lines to the total, and its prompt classes to the prompt", () => {
    let billed = 0;
    fc.assert(
      fc.property(models, usages, (model, used) => {
        const result = outcome(model, used);
        if (result.kind !== "billed") return;
        billed += 1;
        const { lines, total } = result.bill;
        expect(lines.reduce((sum, { amount }) => sum + amount, 0n)).toBe(total);
        const prompt = lines.flatMap((line) =>
          line.kind === "tokens" && line.item !== "output" ? [line.tokens] : [],
        );
        expect(prompt.reduce((sum, part) => sum + part, 0)).toBe(promptTokensOf(used));
      }),
      { numRuns: 500 },
    );
    expect(billed).toBeGreaterThan(100);
  });

  test("comes to the same bill when recorded usage is priced again", () => {
    fc.assert(
      fc.property(models, usages, (model, used) => {
        const again = JSON.parse(JSON.stringify(used)) as Usage;
        const fresh = compileCatalogue();
        expect(computeBill({ catalogue: fresh, model, at: AT, usage: again })).toEqual(
          outcome(model, used),
        );
      }),
      { numRuns: 30 },
    );
  });

  test("is a half in a batch, for every class of every model sold so", () => {
    fc.assert(
      fc.property(models, counts, (model, all) => {
        const whole = outcome(model, usage(all));
        const half = outcome(model, usage(all, { serviceTier: "batch" }));
        if (whole.kind !== "billed" || half.kind !== "billed") return;
        expect(half.bill.total * 2n).toBe(whole.bill.total);
      }),
    );
  });

  test("does not fall when a count rises", () => {
    fc.assert(
      fc.property(models, counts, fc.nat({ max: 4 }), (model, all, index) => {
        const more = all.map((value, at) => (at === index ? value + 1 : value));
        const before = outcome(model, usage(all));
        const after = outcome(model, usage(more as unknown as Counts));
        if (before.kind !== "billed" || after.kind !== "billed") return;
        expect(after.bill.total > before.bill.total).toBe(true);
      }),
    );
  });

  test("computeBill puts the list price beside a discounted price, and nothing beside the list's own", () => {
    const discounted = compileCatalogue({ discounts: [{ models: "all", percentOff: "10" }] });
    const lineOf = (priced: typeof catalogue) => {
      const billed = outcome("claude-opus-5-5", usage([10, 0, 0, 0, 0]), { catalogue: priced });
      return billed.kind === "billed" ? billed.bill.lines[0] : null;
    };
    expect(lineOf(discounted)).toMatchObject({
      price: 3_600_000n,
      listPrice: 4_000_000n,
      amount: 36_000_000n,
    });
    expect(lineOf(catalogue)).not.toHaveProperty("listPrice");
  });
});
