import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { breakEvenChance, breakEvenRequests, cachedCost } from "./break-even.ts";

const ratios = (read: number) => ({ read, write5m: 1.25, write1h: 2 });

describe("breakEvenRequests", () => {
  test("breakEvenRequests is the second request for five minutes and the third for an hour, at 0.1", () => {
    expect(breakEvenRequests(ratios(0.1), "5m")).toBe(2);
    expect(breakEvenRequests(ratios(0.1), "1h")).toBe(3);
    expect(breakEvenRequests(ratios(0.025), "1h")).toBe(3);
    expect(breakEvenRequests(ratios(1), "5m")).toBeNull();
  });

  test("breakEvenRequests is the first number at which caching is cheaper, by trying all", () => {
    // In thousandths of fresh input, so that the loop below has no rounding of its own.
    const prices = fc.record({
      read: fc.integer({ min: 10, max: 950 }),
      write5m: fc.integer({ min: 1_000, max: 3_000 }),
      write1h: fc.integer({ min: 1_000, max: 4_000 }),
    });
    fc.assert(
      fc.property(prices, fc.constantFrom("5m" as const, "1h" as const), (price, lifetime) => {
        const write = lifetime === "1h" ? price.write1h : price.write5m;
        let requests = 1;
        while (write + (requests - 1) * price.read >= requests * 1_000) requests += 1;
        const asRatios = {
          read: price.read / 1_000,
          write5m: price.write5m / 1_000,
          write1h: price.write1h / 1_000,
        };
        expect(breakEvenRequests(asRatios, lifetime)).toBe(requests);
      }),
    );
  });
});

describe("breakEvenChance", () => {
  test("breakEvenChance is where the average cost is that of fresh input", () => {
    for (const read of [0.1, 0.05, 0.025]) {
      for (const lifetime of ["5m", "1h"] as const) {
        const chance = breakEvenChance(ratios(read), lifetime);
        expect(cachedCost(ratios(read), lifetime, chance)).toBeCloseTo(1, 12);
      }
    }
  });
});
