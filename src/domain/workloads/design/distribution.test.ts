import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../base/index.ts";
import {
  type Distribution,
  deviationOf,
  draw,
  fromMeanAndDeviation,
  fromMedianAndP95,
  meanOf,
  nearlyMaximum,
  scaled,
} from "./distribution.ts";

const DISTRIBUTIONS: readonly (readonly [string, Distribution])[] = [
  ["constant", { kind: "constant", value: 7 }],
  ["uniform", { kind: "uniform", min: 2, max: 12 }],
  ["mean and deviation", fromMeanAndDeviation(100, 40)],
  ["median and p95", fromMedianAndP95(50, 200)],
  ["choice", { kind: "choice", values: [1, 5, 20], weights: [6, 3, 1] }],
];

describe("draw", () => {
  test.each(DISTRIBUTIONS)("draw of a %s has the mean and the spread that it says", (_, given) => {
    const random = seededRandom(3);
    const values = Array.from({ length: 40_000 }, () => draw(given, random));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean / meanOf(given) - 1)).toBeLessThan(0.03);
    expect(Math.abs(Math.sqrt(variance) - deviationOf(given))).toBeLessThan(0.08 * meanOf(given));
    const above = values.filter((value) => value > nearlyMaximum(given)).length;
    expect(above).toBeLessThan(values.length / 500);
  });

  test("draw of a median and a 95th percentile lies so", () => {
    const random = seededRandom(5);
    const values = Array.from({ length: 20_000 }, () => draw(fromMedianAndP95(50, 200), random));
    const share = (limit: number) => values.filter((value) => value <= limit).length / 20_000;
    expect(share(50)).toBeCloseTo(0.5, 1);
    expect(share(200)).toBeCloseTo(0.95, 2);
  });

  test("scaled multiplies what is drawn", () => {
    for (const [, given] of DISTRIBUTIONS) {
      const plain = draw(given, seededRandom(9));
      expect(draw(scaled(given, 3), seededRandom(9))).toBeCloseTo(3 * plain, 8);
    }
  });
});
