/** Amounts times a decimal number: exact until the end, where one rounding is left to be named. */
import { assert } from "../../base/index.ts";

export type Ratio = { readonly numerator: bigint; readonly denominator: bigint };

/** Decimals of a factor that count. */
const DECIMALS = 12;

/** The decimal that `value` is written as, at most twelve places. */
export function ratioOf(value: number): Ratio {
  assert(Number.isFinite(value) && value >= 0, `not a factor: ${value}`);
  const short = String(value);
  const text = /^\d+(\.\d+)?$/.test(short) ? short : value.toFixed(DECIMALS);
  const [whole = "0", fraction = ""] = text.split(".");
  const kept = fraction.slice(0, DECIMALS);
  return { numerator: BigInt(whole + kept), denominator: 10n ** BigInt(kept.length) };
}

export function timesRatio(left: Ratio, right: Ratio): Ratio {
  return {
    numerator: left.numerator * right.numerator,
    denominator: left.denominator * right.denominator,
  };
}

export function dividedBy(left: Ratio, right: Ratio): Ratio {
  assert(right.numerator > 0n, "nothing is divided by zero");
  return {
    numerator: left.numerator * right.denominator,
    denominator: left.denominator * right.numerator,
  };
}

/** Rounded half up to a whole number. */
export function scaleRounded(value: bigint, { numerator, denominator }: Ratio): bigint {
  const doubled = value * numerator * 2n + denominator;
  return floorDivide(doubled, denominator * 2n);
}

/**
 * Each value scaled and whole, so that they sum to `total` exactly: what flooring leaves goes to the
 * largest remainders.
 */
export function scaleTogether(
  values: readonly bigint[],
  { numerator, denominator }: Ratio,
  total: bigint,
): readonly bigint[] {
  const floors = values.map((value) => floorDivide(value * numerator, denominator));
  let missing = total - floors.reduce((sum, value) => sum + value, 0n);
  const byRemainder = values
    .map((value, at) => ({ at, remainder: value * numerator - (floors[at] ?? 0n) * denominator }))
    .sort((left, right) => (left.remainder < right.remainder ? 1 : -1));
  for (const { at } of byRemainder) {
    if (missing <= 0n) break;
    floors[at] = (floors[at] ?? 0n) + 1n;
    missing -= 1n;
  }
  assert(missing === 0n, "the parts leave less than one unit each");
  return floors;
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor !== 0n && value < 0n ? quotient - 1n : quotient;
}
