import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimatedTokenCount, formatUsd, instant, tokenCount } from "../../base/index.ts";
import { compileCatalogue } from "../catalogue/index.ts";
import { computeBill } from "./compute-bill.ts";
import { estimatedAmount, type WorstCaseQuestion, worstCaseAmount } from "./worst-case.ts";

const catalogue = compileCatalogue();
const AT = instant(Date.parse("2026-11-22"));

const QUESTION: WorstCaseQuestion = {
  catalogue,
  model: "claude-opus-5-5",
  at: AT,
  inputTokens: estimatedTokenCount(1_000),
  maxTokens: 100,
  speed: null,
  inferenceGeo: "global",
  cacheLifetime: null,
  unbounded: [],
};

function amount(more: Partial<WorstCaseQuestion>): string {
  const outcome = worstCaseAmount({ ...QUESTION, ...more });
  return outcome.kind === "bounded" ? formatUsd(outcome.amount) : outcome.kind;
}

describe("worstCaseAmount", () => {
  test("takes the dearest class that the markers allow", () => {
    expect(amount({})).toBe("0.006");
    expect(amount({ cacheLifetime: "5m" })).toBe("0.007");
    expect(amount({ cacheLifetime: "1h" })).toBe("0.01");
  });

  test("takes the dearer region unless it is ruled out, and fast mode when asked for", () => {
    expect(amount({ inferenceGeo: null })).toBe("0.0066");
    expect(amount({ speed: "fast" })).toBe("0.012");
    expect(amount({ model: "claude-opus-4-6", speed: "fast" })).toBe("0.0075");
  });

  test("is unbounded or unpriced aloud", () => {
    expect(amount({ unbounded: ["compaction"] })).toBe("unbounded");
    expect(amount({ maxTokens: null })).toBe("unbounded");
    expect(amount({ model: "claude-next" })).toBe("unpriced");
  });

  test("is never below the bill of a call within its bounds", () => {
    const models = fc.constantFrom(...catalogue.models().map(({ id }) => id as string));
    const part = fc.integer({ min: 0, max: 90_000 });
    fc.assert(
      fc.property(
        models,
        fc.tuple(part, part, part, part, part),
        fc.constantFrom(null, "fast"),
        fc.constantFrom("global", "us", null),
        (model, [input, write5m, write1h, read, output], speed, geo) => {
          const bill = computeBill({
            catalogue,
            model,
            at: AT,
            usage: {
              inputTokens: tokenCount(input),
              cacheWrite5mTokens: tokenCount(write5m),
              cacheWrite1hTokens: tokenCount(write1h),
              cacheReadTokens: tokenCount(read),
              outputTokens: tokenCount(output),
              thinkingTokens: null,
              serviceTier: null,
              speed,
              inferenceGeo: geo,
              webSearchRequests: 0,
              webFetchRequests: 0,
              iterations: null,
              unknownFields: [],
            },
          });
          if (bill.kind !== "billed") return;
          const worst = worstCaseAmount({
            ...QUESTION,
            model,
            speed,
            inferenceGeo: geo === "global" ? "global" : null,
            inputTokens: estimatedTokenCount(input + write5m + write1h + read),
            maxTokens: output,
            cacheLifetime: "1h",
          });
          expect(worst.kind === "bounded" && worst.amount >= bill.bill.total).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("estimatedAmount", () => {
  test("prices estimated tokens, and has no answer for an unknown model", () => {
    const question = {
      catalogue,
      at: AT,
      speed: null,
      serviceTier: null,
      inferenceGeo: null,
      promptTokens: 100_001,
      inputTokens: estimatedTokenCount(0),
      outputTokens: estimatedTokenCount(1_000),
    };
    expect(estimatedAmount({ ...question, model: "claude-haiku-5-5" })).toBe(2_500_000_000n);
    expect(estimatedAmount({ ...question, model: "claude-next" })).toBeNull();
  });
});
