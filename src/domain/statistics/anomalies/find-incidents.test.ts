import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../base/index.ts";
import { HOURS_OF_WEEK } from "../series/index.ts";
import { findIncidents, findOutliers } from "./index.ts";

const calendar = HOURS_OF_WEEK;

function hours(seed: number, days: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: days * 24 }, (_, hour) => {
    const ofDay = hour % 24 > 6 && hour % 24 < 20 ? 16 : 2;
    return ofDay * (0.6 + 0.8 * random.next());
  });
}

const find = (values: readonly number[], excessMin = 0) =>
  findIncidents({ series: { firstSlot: 0, values }, calendar, excessMin });
const raised = (values: readonly number[], from: number, to: number, times: number): number[] =>
  values.map((value, hour) => (hour >= from && hour < to ? times * value : value));

describe("findIncidents", () => {
  test("findIncidents finds nine in ten days of three times as much, and hardly anything else", () => {
    let found = 0;
    let alarms = 0;
    const RUNS = 20;
    for (let seed = 0; seed < RUNS; seed += 1) {
      const values = hours(seed, 45);
      const from = 30 * 24 + seed * 11;
      const seen = find(raised(values, from, from + 24, 3));
      if (seen.some(({ seenSlot }) => seenSlot >= from && seenSlot < from + 24)) found += 1;
      alarms += seen.filter(({ seenSlot }) => seenSlot < from).length;
    }
    expect(found).toBeGreaterThanOrEqual(18);
    expect(alarms).toBeLessThanOrEqual(1);
  }, 60_000);

  test("findIncidents says of each hour the same when the future is not known yet", () => {
    const values = raised(hours(5, 40), 800, 830, 4);
    const whole = find(values);
    for (const at of [799, 802, 806, 815, 850]) {
      const seen = find(values.slice(0, at)).map(({ fromSlot, seenSlot }) => [fromSlot, seenSlot]);
      const known = whole.filter(({ seenSlot }) => seenSlot < at);
      expect(seen).toEqual(known.map(({ fromSlot, seenSlot }) => [fromSlot, seenSlot]));
    }
  });

  test("findIncidents takes growth of 2% a day for growth", () => {
    const values = hours(7, 60).map((value, hour) => value * 1.02 ** (hour / 24));
    expect(find(values)).toEqual([]);
  });

  test("findIncidents makes what stays for three days the new level, and is silent from then on", () => {
    const values = raised(hours(8, 60), 30 * 24, 60 * 24, 3);
    const seen = find(values);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.becameLevel).toBe(true);
  });

  test("findIncidents tells of no excess that is smaller than asked for", () => {
    const values = raised(hours(9, 40), 800, 824, 3);
    expect(find(values, 0).length).toBe(1);
    expect(find(values, 1e6)).toEqual([]);
  });

  test("findIncidents judges a share by what it is a share of", () => {
    const calls = hours(10, 40).map((value, hour) => value * (hour > 700 ? 10 : 1));
    const tokens = calls.map((value) => 100 * value);
    const question = { calendar, excessMin: 0, units: calls };
    const ask = (values: readonly number[]) =>
      findIncidents({ ...question, series: { firstSlot: 0, values } });
    expect(ask(tokens)).toEqual([]);
    expect(ask(raised(tokens, 850, 900, 3)).length).toBe(1);
  });
});

describe("findOutliers", () => {
  test("findOutliers finds who stands far above a skewed crowd, and nobody in it", () => {
    const random = seededRandom(4);
    const crowd = Array.from({ length: 60 }, () => Math.exp(2 * random.next()));
    expect(findOutliers(crowd)).toEqual([]);
    expect(findOutliers([...crowd, 5_000]).map(({ at }) => at)).toEqual([60]);
    expect(findOutliers([1, 1, 1, 900])).toEqual([]);
  });
});
