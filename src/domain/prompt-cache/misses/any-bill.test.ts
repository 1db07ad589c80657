/** Whatever a provider bills, and whatever was noted of breaks, the causes sum to the gap. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMissDiagnosis } from "./diagnose-misses.ts";
import { BREAK_CHANGES } from "./prefix-break.ts";
import type { SeenRequest } from "./seen-request.ts";

const SECTIONS = ["tools", "system", "messages"] as const;

const count = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000_000 }));
const price = fc.integer({ min: 0, max: 150_000_000 });

const blocks = fc
  .array(
    fc.record({
      key: fc.constantFrom("a", "b", "c", "d", "e", "f", "g"),
      section: fc.constantFrom(...SECTIONS),
      kind: fc.constantFrom("tools", "user_text", "tool_use", "tool_result", "assistant"),
      weight: fc.nat(5_000),
    }),
    { maxLength: 12 },
  )
  .map((list) =>
    list.toSorted((a, b) => SECTIONS.indexOf(a.section) - SECTIONS.indexOf(b.section)),
  );

const anyBreak = fc.record({
  against: fc.constantFrom("ex_0", "ex_1", "ex_2", "ex_unheard"),
  section: fc.constantFrom(...SECTIONS),
  change: fc.constantFrom(...BREAK_CHANGES),
  block: fc.nat(14),
  message: fc.option(fc.nat(5)),
  offset: fc.option(fc.nat(500)),
  length: fc.option(fc.nat(500)),
});

const requests = fc
  .array(
    fc.record({
      gapMs: fc.constantFrom(0, 1_000, 299_999, 300_000, 1_000_000, 3_600_000, 90_000_000),
      beginsAfterMs: fc.nat(60_000),
      model: fc.constantFrom("m", "n"),
      speed: fc.constantFrom("standard", "fast"),
      settings: fc.record({
        toolChoice: fc.constantFrom(null, "auto", "tool", "none"),
        thinking: fc.constantFrom(null, "adaptive"),
        effort: fc.constantFrom(null, "high", "low"),
        hasImages: fc.boolean(),
      }),
      prefixTokensMin: fc.constantFrom(512, 4_096),
      prices: fc.record({ input: price, read: price, write5m: price, write1h: price }),
      blocks,
      markers: fc.array(
        fc.record({ position: fc.nat(14), lifetime: fc.constantFrom("5m", "1h") }),
        { maxLength: 4 },
      ),
      tokens: fc.record({ read: count, write5m: count, write1h: count, input: count }),
      prefixBreak: fc.option(anyBreak),
      reportedMiss: fc.constantFrom(null, "system_changed", "unavailable"),
    }),
    { maxLength: 25 },
  )
  .map((list): readonly SeenRequest[] => {
    let startMs = 1_000_000;
    return list.map(({ gapMs, beginsAfterMs, ...rest }, index) => {
      startMs += gapMs;
      return { ...rest, id: `ex_${index}`, startMs, responseBeginMs: startMs + beginsAfterMs };
    });
  });

describe("createMissDiagnosis", () => {
  test("createMissDiagnosis sums to the gap on any bill at all, and is never thrown by one", () => {
    fc.assert(
      fc.property(requests, (seen) => {
        const diagnosis = createMissDiagnosis();
        for (const request of seen) diagnosis.add(request);
        const report = diagnosis.finish();
        const billed = seen.reduce(
          (sum, { tokens, prices }) =>
            sum +
            BigInt(tokens.read) * BigInt(prices.read) +
            BigInt(tokens.write5m) * BigInt(prices.write5m) +
            BigInt(tokens.write1h) * BigInt(prices.write1h) +
            BigInt(tokens.input) * BigInt(prices.input),
          0n,
        );
        expect(report.billed).toBe(billed);
        const sum = report.causes.reduce((total, { amount }) => total + amount, 0n);
        expect(report.billed - report.best).toBe(sum);
        expect(report.requests).toBe(seen.length);
      }),
      { numRuns: 2_000 },
    );
  });
});
