import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "./index.ts";

const steps = fc.array(
  fc.record({ passMs: fc.nat(5_000), amount: fc.integer({ min: 1, max: 40 }) }),
  { minLength: 1, maxLength: 200 },
);
const perMinute = fc.integer({ min: 1, max: 600 });

describe("TokenBucket", () => {
  it("TokenBucket never gives more in any stretch of time than it holds and refills meanwhile", () => {
    fc.assert(
      fc.property(perMinute, steps, (rate, asked) => {
        const bucket = new TokenBucket(rate);
        const taken: { atMs: number; amount: number }[] = [];
        let nowMs = 1_000;
        for (const { passMs, amount } of asked) {
          nowMs += passMs;
          if (bucket.waitMs(amount, nowMs) !== 0) continue;
          bucket.take(amount, nowMs);
          taken.push({ atMs: nowMs, amount });
        }
        for (let from = 0; from < taken.length; from += 1) {
          let sum = 0;
          for (let to = from; to < taken.length; to += 1) {
            sum += taken[to]?.amount ?? 0;
            const stretchMs = (taken[to]?.atMs ?? 0) - (taken[from]?.atMs ?? 0);
            expect(sum * 60_000).toBeLessThanOrEqual(rate * 60_000 + rate * stretchMs);
          }
        }
      }),
    );
  });

  it("TokenBucket.under keeps what was taken, whichever way its size is changed", () => {
    fc.assert(
      fc.property(perMinute, perMinute, steps, (first, second, asked) => {
        const bucket = new TokenBucket(first);
        let taken = 0;
        for (const { amount } of asked) {
          if (bucket.waitMs(amount, 0) !== 0) continue;
          bucket.take(amount, 0);
          taken += amount;
        }
        const other = bucket.under(second, 0);
        const left = second - taken;
        if (left > 0) expect(other.waitMs(left, 0)).toBe(0);
        if (left + 1 <= second) expect(other.waitMs(Math.max(1, left + 1), 0)).toBeGreaterThan(0);
        const fullAfterMs = Math.ceil((taken * 60_000) / second);
        expect(other.isFull(fullAfterMs)).toBe(true);
        if (taken > 0) expect(bucket.under(second, 0).isFull(fullAfterMs - 1)).toBe(false);
      }),
    );
  });

  it("TokenBucket waits exactly as long as it says: not a millisecond less will do", () => {
    fc.assert(
      fc.property(perMinute, steps, (rate, asked) => {
        const bucket = new TokenBucket(rate);
        let nowMs = 0;
        for (const { amount } of asked) {
          const waitMs = bucket.waitMs(amount, nowMs);
          if (waitMs === null) {
            expect(amount).toBeGreaterThan(rate);
            continue;
          }
          if (waitMs > 0) expect(bucket.waitMs(amount, nowMs + waitMs - 1)).toBe(1);
          nowMs += waitMs;
          expect(bucket.waitMs(amount, nowMs)).toBe(0);
          bucket.take(amount, nowMs);
        }
      }),
    );
  });

  it("TokenBucket that is corrected to the truth gives on the whole no more than the truth allows", () => {
    const calls = fc.array(
      fc.record({
        passMs: fc.nat(3_000),
        expected: fc.integer({ min: 0, max: 60 }),
        actual: fc.integer({ min: 0, max: 200 }),
      }),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 600 }), calls, (rate, asked) => {
        const bucket = new TokenBucket(rate);
        let nowMs = 0;
        let used = 0;
        let largest = 0;
        for (const { passMs, expected, actual } of asked) {
          nowMs += passMs;
          if (bucket.waitMs(expected, nowMs) !== 0) continue;
          bucket.take(expected, nowMs);
          bucket.correct(expected, actual, nowMs);
          used += actual;
          largest = Math.max(largest, actual);
        }
        // The last call may be larger than was expected; nothing passes after it until that is made good.
        expect(used * 60_000).toBeLessThanOrEqual(rate * (60_000 + nowMs) + largest * 60_000);
      }),
    );
  });

  it("TokenBucket takes a clock that runs backwards for one that stands still", () => {
    const bucket = new TokenBucket(60);
    bucket.take(60, 10_000);
    expect(bucket.waitMs(1, 5_000)).toBe(1_000);
    expect(bucket.waitMs(1, 11_000)).toBe(0);
    expect(bucket.isFull(11_000)).toBe(false);
    expect(bucket.isFull(70_000)).toBe(true);
  });
});
