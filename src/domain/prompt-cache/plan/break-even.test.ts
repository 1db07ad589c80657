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
    const prices = fc.record({
      read: fc.double({ min: 0.01, max: 0.95, noNaN: true }),
      write5m: fc.double({ min: 1, max: 3, noNaN: true }),
      write1h: fc.double({ min: 1, max: 4, noNaN: true }),
    });
    fc.assert(
      fc.property(prices, fc.constantFrom("5m" as const, "1h" as const), (price, lifetime) => {
        const write = lifetime === "1h" ? price.write1h : price.write5m;
        let requests = 1;
        while (write + (requests - 1) * price.read >= requests) requests += 1;
        expect(breakEvenRequests(price, lifetime)).toBe(requests);
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
