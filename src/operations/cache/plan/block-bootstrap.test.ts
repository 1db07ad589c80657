import { describe, expect, test } from "vitest";
import { DAY_MS, seededRandom } from "../../../base/index.ts";
import { type BlockValue, bootstrapMonthly } from "./block-bootstrap.ts";

/** Days whose values are drawn around 10, in `perDay` requests of one session each. */
function days(count: number, seed: number, perDay = 4): readonly BlockValue[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, day) => {
    const value = 10 + 6 * (random.next() + random.next() + random.next() - 1.5);
    return Array.from({ length: perDay }, (_unused, index) => ({
      atMs: day * DAY_MS + index,
      session: `${day}-${index}`,
      value: value / perDay,
    }));
  }).flat();
}

describe("bootstrapMonthly", () => {
  test("bootstrapMonthly covers the true mean in about 95 of 100 windows", () => {
    let covered = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const { low, high, by } = bootstrapMonthly(days(30, seed), 1, seededRandom(seed));
      expect(by).toBe("day");
      if (low <= 300 && high >= 300) covered += 1;
    }
    expect(covered / 200).toBeGreaterThan(0.88);
    expect(covered / 200).toBeLessThan(0.99);
  });

  test("bootstrapMonthly takes sessions where there are few days, and gives the same for the same seed", () => {
    const values = days(3, 5);
    const first = bootstrapMonthly(values, 10, seededRandom(1));
    expect(first).toEqual(bootstrapMonthly(values, 10, seededRandom(1)));
    expect(first).toMatchObject({ by: "session", blocks: 12 });
    expect(first.likely).toBeCloseTo(10 * values.reduce((sum, { value }) => sum + value, 0));
    expect(first.low).toBeLessThanOrEqual(first.likely);
    expect(first.high).toBeGreaterThanOrEqual(first.likely);
  });
});
