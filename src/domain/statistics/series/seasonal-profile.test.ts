import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../base/index.ts";
import { HOURS_OF_WEEK, seasonalProfile } from "./index.ts";

const noise = (seed: number, days: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: days * 24 }, () => random.next());
};

describe("seasonalProfile", () => {
  test("seasonalProfile sees no season in noise, but for a few seeds in a hundred", () => {
    const seen = Array.from({ length: 100 }, (_, seed) =>
      seasonalProfile({ firstSlot: 0, values: noise(seed, 28) }, HOURS_OF_WEEK),
    ).filter(({ season }) => season !== "none");
    expect(seen.length).toBeLessThanOrEqual(8);
  });

  test("seasonalProfile finds hours and days, with factors that have a mean of one", () => {
    const values = noise(1, 28).map((value, slot) => {
      const ofDay = slot % 24 < 8 ? 0.1 : 2;
      return (0.5 + value) * ofDay * (Math.floor(slot / 24) % 7 === 3 ? 0.2 : 1);
    });
    const { season, factor } = seasonalProfile({ firstSlot: 0, values }, HOURS_OF_WEEK);
    expect(season).toBe("day-and-week");
    expect(factor(12) / factor(2)).toBeGreaterThan(10);
    expect(factor(3 * 24 + 12) / factor(12)).toBeLessThan(0.35);
    const week = Array.from({ length: 168 }, (_, slot) => factor(slot));
    expect(week.reduce((sum, value) => sum + value, 0) / 168).toBeCloseTo(1, 6);
  });

  test("seasonalProfile keeps a season in its place whatever hour the series begins at", () => {
    const of = (firstSlot: number) => {
      const values = Array.from({ length: 240 }, (_, at) => ((firstSlot + at) % 24 === 5 ? 24 : 0));
      return seasonalProfile({ firstSlot, values }, HOURS_OF_WEEK);
    };
    for (const firstSlot of [0, 1, 13, 23, 100_007]) {
      expect(of(firstSlot).factor(24 * 1_000 + 5)).toBeGreaterThan(5);
      expect(of(firstSlot).factor(24 * 1_000 + 6)).toBeLessThan(0.2);
    }
  });

  test("seasonalProfile takes no single wild hour for a season", () => {
    const values = noise(3, 14);
    values[100] = 10_000;
    expect(seasonalProfile({ firstSlot: 0, values }, HOURS_OF_WEEK).season).toBe("none");
  });
});
