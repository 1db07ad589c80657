/**
 * How far a sum may lie from its forecast, told by the errors of the backtest. Where the history has
 * enough windows as long as the horizon, those errors themselves; else the spread at shorter horizons
 * is carried on to it.
 */
import { quantileOf } from "../series/index.ts";
import { studentTCumulative, studentTQuantile } from "../student-t.ts";
import { type HorizonErrors, WINDOWS_ALONE_MIN } from "./backtest.ts";

export type Spread = {
  /** Whether errors at this very horizon say it, or those at shorter ones carried on. */
  readonly basis: "horizon" | "shorter-horizons";
  /** Logarithms of the factors by which low and high differ from the forecast. */
  readonly between: (level: number) => { readonly low: number; readonly high: number };
  /** The share of outcomes that lie above the forecast by the factor whose logarithm is given. */
  readonly shareAbove: (logFactor: number) => number;
};

/** Windows without which a horizon says nothing of the spread. */
const WINDOWS_MIN = 2;
/** A spread is carried on to a horizon this many times the longest that was seen, and no further. */
const CARRIED_MAX = 8;

/** `null` where the history is too short to say. */
export function spreadAt(
  horizons: readonly HorizonErrors[],
  slotsAhead: number,
  slotsPerDay: number,
): Spread | null {
  const seen = horizons.filter(({ windows }) => windows >= WINDOWS_MIN);
  const same = seen.find((horizon) => horizon.slotsAhead === slotsAhead);
  if (same !== undefined && same.windows >= WINDOWS_ALONE_MIN) return ownSpread(same);
  const longest = Math.max(0, ...seen.map((horizon) => horizon.slotsAhead));
  if (seen.length === 0 || slotsAhead > CARRIED_MAX * longest) return null;
  const variance = fitVariance(seen, slotsPerDay)(slotsAhead / slotsPerDay);
  return studentSpread(Math.sqrt(variance), degreesFor(seen, slotsAhead), "shorter-horizons");
}

/** Between what all horizons are worth on the mean and what the nearest one is: all say something of it. */
function degreesFor(seen: readonly HorizonErrors[], slotsAhead: number): number {
  const mean = seen.reduce((sum, { windows }) => sum + windows, 0) / seen.length;
  const nearest = seen.findLast((horizon) => horizon.slotsAhead <= slotsAhead) ?? seen[0];
  return Math.max(DEGREES_MIN, Math.sqrt(mean * (nearest?.windows ?? 1)) - 1);
}

const DEGREES_MIN = 3;

function ownSpread({ errors, windows }: HorizonErrors): Spread {
  const square = errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length;
  const fallback = studentSpread(Math.sqrt(square), windows - 1, "horizon");
  return {
    basis: "horizon",
    between: (level) => {
      // The order statistics that a new error exceeds with the probability wanted, if there are so many.
      const tail = ((1 - level) / 2) * (windows + 1);
      if (tail < 1) return fallback.between(level);
      const share = (tail - 1) / (windows - 1);
      return { low: quantileOf(errors, share), high: quantileOf(errors, 1 - share) };
    },
    shareAbove: fallback.shareAbove,
  };
}

function studentSpread(deviation: number, degrees: number, basis: Spread["basis"]): Spread {
  return {
    basis,
    between: (level) => {
      const width = deviation * studentTQuantile((1 + level) / 2, degrees);
      return { low: -width, high: width };
    },
    shareAbove: (logFactor) => {
      if (deviation === 0) return logFactor < 0 ? 1 : 0;
      return 1 - studentTCumulative(logFactor / deviation, degrees);
    },
  };
}

/**
 * Variance by days ahead as noise that averages out, a level that is not known exactly, and a level
 * that wanders: none of the three below nothing. By coordinates, weighted by what each horizon is worth.
 */
function fitVariance(
  seen: readonly HorizonErrors[],
  slotsPerDay: number,
): (days: number) => number {
  const points = seen.map(({ slotsAhead, errors, windows }) => ({
    terms: termsOf(slotsAhead / slotsPerDay),
    variance: errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length,
    weight: windows,
  }));
  const parts = [0, 0, 0];
  for (let round = 0; round < FIT_ROUNDS; round += 1) {
    for (const part of [0, 1, 2]) {
      let top = 0;
      let bottom = 0;
      for (const { terms, variance, weight } of points) {
        const others = terms.reduce(
          (sum, term, at) => sum + (at === part ? 0 : term * (parts[at] ?? 0)),
          0,
        );
        const own = terms[part] ?? 0;
        top += weight * own * (variance - others);
        bottom += weight * own ** 2;
      }
      parts[part] = Math.max(0, top / bottom);
    }
  }
  return (days) => termsOf(days).reduce((sum, term, at) => sum + term * (parts[at] ?? 0), 0);
}

const FIT_ROUNDS = 300;

function termsOf(days: number): readonly number[] {
  return [1 / days, 1, days];
}
