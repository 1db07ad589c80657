/** Who stands far above all others, by logarithms: spend by user is skewed, and a few are always large. */
import { medianOf, robustDeviation } from "../series/index.ts";

export type Outlier = {
  /** Place in the list. */
  readonly at: number;
  /** How many times the middle one. */
  readonly timesMiddle: number;
  /** Robust standard deviations of the logarithm above the middle. */
  readonly deviations: number;
};

const DEVIATIONS_MIN = 4.5;
const VALUES_MIN = 8;
/** However alike all are, twice the middle is no outlier. */
const TIMES_MIN = 5;

/** Those above the others by chance of one in hundreds of thousands. None among fewer than eight. */
export function findOutliers(values: readonly number[]): readonly Outlier[] {
  const used = values.filter((value) => value > 0);
  if (used.length < VALUES_MIN) return [];
  const logs = used.map(Math.log);
  const [middle, deviation] = [medianOf(logs), robustDeviation(logs)];
  return values.flatMap((value, at): readonly Outlier[] => {
    if (value <= 0) return [];
    const above = Math.log(value) - middle;
    const deviations = deviation === 0 ? Number.POSITIVE_INFINITY : above / deviation;
    const timesMiddle = Math.exp(above);
    return timesMiddle >= TIMES_MIN && deviations >= DEVIATIONS_MIN
      ? [{ at, timesMiddle, deviations }]
      : [];
  });
}
