import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Random, seededRandom } from "../../../base/index.ts";
import { HOURS_OF_WEEK } from "../series/index.ts";
import {
  chanceAbove,
  forecastInterval,
  forecastOfParts,
  forecastSum,
  scaledForecast,
} from "./index.ts";

const calendar = HOURS_OF_WEEK;

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Hours with a season and noise, around ten. */
function working(seed: number, days: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: days * 24 }, (_, hour) => {
    const season = hour % 24 > 6 && hour % 24 < 20 ? 1.6 : 0.2;
    return 10 * season * Math.exp(0.4 * normal(random));
  });
}

const foretell = (values: readonly number[], slotsAhead: number) =>
  forecastSum({ history: { firstSlot: 0, values }, calendar, slotsAhead });

describe("forecastSum", () => {
  test("forecastSum says that nothing can be said of nothing", () => {
    const made = foretell(new Array<number>(500).fill(0), 48);
    expect(made.state).toBe("empty");
    expect(forecastInterval(made, 48, 0.95)).toBeNull();
    expect(chanceAbove(made, 48, 1)).toBeNull();
  });

  test("forecastSum carries a young series on without an interval, from its first use on", () => {
    const made = foretell([...new Array<number>(900).fill(0), ...working(1, 3)], 24);
    expect(made.state).toBe("young");
    expect(made.historySlots).toBe(72);
    const mean = working(1, 3).reduce((sum, value) => sum + value, 0) / 3;
    expect(made.expected[24]).toBeCloseTo(mean, 6);
    expect(forecastInterval(made, 24, 0.95)).toBeNull();
  });

  test("forecastSum expects nothing of a series silent for longer than ever before", () => {
    const made = foretell([...working(1, 20), ...new Array<number>(80).fill(0)], 24);
    expect(made.state).toBe("stopped");
    expect(made.expected[24]).toBe(0);
  });

  test("forecastSum takes a usual silence for no end", () => {
    const weekly = Array.from({ length: 60 * 24 }, (_, hour) => (hour % 168 === 0 ? 5 : 0));
    const made = foretell(weekly, 14 * 24);
    expect(made.state).toBe("forecast");
    expect(made.expected[14 * 24]).toBeCloseTo(10, 0);
  });

  test("forecastSum gives each hour its share of the season", () => {
    const made = foretell(working(2, 40), 24);
    expect(made.season).toBe("day");
    const night = made.expected[6] ?? 0;
    const day = (made.expected[19] ?? 0) - (made.expected[7] ?? 0);
    expect(day / 12 / (night / 6)).toBeGreaterThan(5);
  });

  test("forecastSum follows growth where the last week's mean would lag behind", () => {
    const values = working(4, 60).map((value, hour) => value * 1.02 ** (hour / 24));
    const truth = working(5, 14).reduce(
      (sum, value, hour) => sum + value * 1.02 ** (60 + hour / 24),
      0,
    );
    const expected = foretell(values, 14 * 24).expected[14 * 24] ?? 0;
    const lastTwoWeeks = values.slice(-14 * 24).reduce((sum, value) => sum + value, 0);
    expect(Math.abs(expected - truth)).toBeLessThan(0.5 * Math.abs(lastTwoWeeks - truth));
  });

  test.each([
    [28, 7],
    [60, 14],
  ])(
    "forecastInterval after %i days holds the next %i at the rate it claims",
    (days, ahead) => {
      const RUNS = 50;
      const held = { 0.8: 0, 0.95: 0 };
      for (let seed = 0; seed < RUNS; seed += 1) {
        const values = working(seed + 10, days + ahead);
        const made = foretell(values.slice(0, days * 24), ahead * 24);
        const truth = values.slice(days * 24).reduce((sum, value) => sum + value, 0);
        for (const level of [0.8, 0.95] as const) {
          const found = forecastInterval(made, ahead * 24, level);
          if (found === null) throw new Error("no interval");
          if (found.low <= truth && truth <= found.high) held[level] += 1;
        }
      }
      expect(held[0.8] / RUNS).toBeGreaterThan(0.66);
      expect(held[0.8] / RUNS).toBeLessThan(0.97);
      expect(held[0.95] / RUNS).toBeGreaterThan(0.9);
    },
    60_000,
  );

  test("forecastInterval says when a history is too short for so far ahead", () => {
    const made = foretell(working(3, 8), 200 * 24);
    expect(made.state).toBe("forecast");
    expect(forecastInterval(made, 200 * 24, 0.8)).toBeNull();
  });

  test("forecastInterval widens with its level and never goes below nothing", () => {
    const anySeries = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), {
      minLength: 9 * 24,
      maxLength: 20 * 24,
    });
    fc.assert(
      fc.property(anySeries, fc.integer({ min: 1, max: 72 }), (values, slots) => {
        const made = foretell(values, slots);
        expect(made.expected.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
        const [narrow, wide] = [0.8, 0.95].map((level) => forecastInterval(made, slots, level));
        if (narrow === null || wide === null || narrow === undefined || wide === undefined) return;
        expect(wide.low).toBeLessThanOrEqual(narrow.low + 1e-9);
        expect(wide.high).toBeGreaterThanOrEqual(narrow.high - 1e-9);
        expect(narrow.low).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 15 },
    );
  });

  test("chanceAbove falls as the amount grows, and is half near the expected", () => {
    const made = foretell(working(6, 60), 7 * 24);
    const expected = made.expected[7 * 24] ?? 0;
    const chances = [0.5, 0.9, 1, 1.1, 2].map((factor) =>
      chanceAbove(made, 168, factor * expected),
    );
    expect(chances[2]).toBeCloseTo(0.5, 6);
    expect([...chances].sort((a, b) => (b ?? 0) - (a ?? 0))).toEqual(chances);
    expect(chances[0]).toBeGreaterThan(0.99);
    expect(chances[4]).toBeLessThan(0.01);
  });
});

describe("forecastOfParts", () => {
  test("forecastOfParts expects what its parts do, slot by slot", () => {
    const parts = [1, 2, 3].map((seed) => foretell(working(seed, 20), 48));
    const sums = working(1, 20).map((_, at) =>
      [1, 2, 3].reduce((sum, seed) => sum + (working(seed, 20)[at] ?? 0), 0),
    );
    const whole = forecastOfParts(foretell(sums, 48), parts);
    for (const slot of [1, 20, 48]) {
      const expected = parts.reduce((sum, part) => sum + (part.expected[slot] ?? 0), 0);
      expect(whole.expected[slot]).toBeCloseTo(expected, 9);
    }
    expect(forecastInterval(whole, 48, 0.8)?.low).toBeLessThan(whole.expected[48] ?? 0);
  });
});

describe("scaledForecast", () => {
  test("scaledForecast scales each slot by its own factor", () => {
    const made = foretell(working(1, 20), 3);
    const scaled = scaledForecast(made, (slot) => (slot === 0 ? 0.25 : slot === 1 ? 1 : 0));
    const [, first = 0, second = 0] = made.expected;
    expect([...scaled.expected]).toEqual([
      0,
      first * 0.25,
      first * 0.25 + (second - first),
      first * 0.25 + (second - first),
    ]);
  });
});
