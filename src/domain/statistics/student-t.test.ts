import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { studentTCumulative, studentTQuantile } from "./index.ts";

/** Printed tables: probability, degrees of freedom, quantile. */
const TABLE = [
  [0.975, 1, 12.706205],
  [0.975, 2, 4.302653],
  [0.975, 5, 2.570582],
  [0.975, 10, 2.228139],
  [0.975, 30, 2.042272],
  [0.975, 120, 1.97993],
  [0.95, 4, 2.131847],
  [0.9, 7, 1.414924],
  [0.995, 3, 5.840909],
  [0.9995, 20, 3.849516],
] as const;

describe("studentTQuantile", () => {
  test.each(TABLE)(
    "studentTQuantile of %d with %d degrees is %d, as tables have it",
    (p, degrees, t) => {
      expect(studentTQuantile(p, degrees)).toBeCloseTo(t, 5);
      expect(studentTQuantile(1 - p, degrees)).toBeCloseTo(-t, 5);
    },
  );

  test("studentTQuantile comes to the normal distribution's with many degrees", () => {
    expect(studentTQuantile(0.975, 1e7)).toBeCloseTo(1.959964, 5);
  });

  test("studentTQuantile is the inverse of studentTCumulative, whole degrees or not", () => {
    const degrees = fc.double({ min: 0.5, max: 1_000, noNaN: true });
    const probability = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(probability, degrees, (p, freedom) => {
        expect(studentTCumulative(studentTQuantile(p, freedom), freedom)).toBeCloseTo(p, 8);
      }),
    );
  });
});
