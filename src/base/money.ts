/**
 * Money as whole numbers. Prices are whole micro-dollars per million tokens, amounts are whole
 * picodollars: one token at one micro-dollar per million costs exactly one picodollar, so a cost is
 * a product of two integers. Nothing here divides, except where the name says how it rounds.
 */
import { assert } from "./assert.ts";
import type { Brand } from "./brand.ts";
import { PurserError } from "./errors/purser-error.ts";
import type { TokenCount } from "./tokens.ts";

/** An amount in whole picodollars (10^-12 US dollars). */
export type PicoUsd = Brand<bigint, "PicoUsd">;
/** A price in whole micro-dollars (10^-6 US dollars) per million tokens. */
export type MicroUsdPerMtok = Brand<bigint, "MicroUsdPerMtok">;

const PICO_DIGITS = 12;
const MICRO_DIGITS = 6;

export const ZERO_PICO_USD = 0n as PicoUsd;

export function picoUsd(value: bigint): PicoUsd {
  return value as PicoUsd;
}

/** Throws when negative: a price is never below zero. */
export function microUsdPerMtok(value: bigint): MicroUsdPerMtok {
  assert(value >= 0n, "a price is not negative");
  return value as MicroUsdPerMtok;
}

/** The exact cost of `tokens` at `price`. */
export function costOf(tokens: TokenCount, price: MicroUsdPerMtok): PicoUsd {
  return (BigInt(tokens) * price) as PicoUsd;
}

export function addPicoUsd(left: PicoUsd, right: PicoUsd): PicoUsd {
  return (left + right) as PicoUsd;
}

export function sumPicoUsd(amounts: Iterable<PicoUsd>): PicoUsd {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total as PicoUsd;
}

/** `"3"`, `"0.25"`: dollars as an exact decimal, without trailing zeros. Inverse of {@link parseUsd}. */
export function formatUsd(amount: PicoUsd): string {
  return formatScaled(amount, PICO_DIGITS);
}

/** Dollars per million tokens as an exact decimal: 3_000_000n is `"3"`. */
export function formatUsdPerMtok(price: MicroUsdPerMtok): string {
  return formatScaled(price, MICRO_DIGITS);
}

/** Reads a decimal of at most twelve places. Throws `VALUE_NOT_DECIMAL_USD` on anything else. */
export function parseUsd(text: string): PicoUsd {
  return parseScaled(text, PICO_DIGITS) as PicoUsd;
}

/** Reads dollars per million tokens, at most six places. Throws `VALUE_NOT_DECIMAL_USD`. */
export function parseUsdPerMtok(text: string): MicroUsdPerMtok {
  const price = parseScaled(text, MICRO_DIGITS);
  if (price < 0n) throw notDecimal(text, MICRO_DIGITS);
  return price as MicroUsdPerMtok;
}

/** Rounds half away from zero to `digits` decimals of a dollar; for display only. */
export function formatUsdRounded(amount: PicoUsd, digits: number): string {
  const unit = 10n ** BigInt(PICO_DIGITS - digits);
  const magnitude = amount < 0n ? -amount : amount;
  const rounded = (magnitude + unit / 2n) / unit;
  return formatFixed(amount < 0n ? -rounded : rounded, digits);
}

/**
 * Rounds every amount to `digits` decimals so that the shown rows add up to the shown total, by
 * largest remainder. Returns one text per amount, and the text of the total.
 */
export function formatUsdColumn(
  amounts: readonly PicoUsd[],
  digits: number,
): { readonly rows: readonly string[]; readonly total: string } {
  const unit = 10n ** BigInt(PICO_DIGITS - digits);
  const total = sumPicoUsd(amounts);
  const totalRounded = divideFloor(total + unit / 2n, unit);
  const floors = amounts.map((amount) => divideFloor(amount, unit));
  let missing = totalRounded - floors.reduce((sum, value) => sum + value, 0n);
  const order = amounts
    .map((amount, index) => ({ index, remainder: amount - (floors[index] ?? 0n) * unit }))
    .sort((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
    );
  for (const { index } of order) {
    if (missing <= 0n) break;
    floors[index] = (floors[index] ?? 0n) + 1n;
    missing -= 1n;
  }
  assert(missing === 0n, "largest remainder hands out less than one unit a row");
  return {
    rows: floors.map((value) => formatFixed(value, digits)),
    total: formatFixed(totalRounded, digits),
  };
}

/** Multiplies a price by `numerator/denominator`; the result must come out whole, else `null`. */
export function scalePriceExact(
  price: MicroUsdPerMtok,
  numerator: bigint,
  denominator: bigint,
): MicroUsdPerMtok | null {
  const product = price * numerator;
  return product % denominator === 0n ? ((product / denominator) as MicroUsdPerMtok) : null;
}

function divideFloor(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor !== 0n && value < 0n ? quotient - 1n : quotient;
}

function formatScaled(value: bigint, digits: number): string {
  const text = formatFixed(value, digits);
  return text.replace(/\.?0+$/, "") || "0";
}

function formatFixed(value: bigint, digits: number): string {
  const sign = value < 0n ? "-" : "";
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, "0");
  if (digits === 0) return sign + text;
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function parseScaled(text: string, digits: number): bigint {
  const match = /^(-?)(\d{1,24})(?:\.(\d+))?$/.exec(text.trim());
  const fraction = (match?.[3] ?? "").replace(/0+$/, "");
  if (match === null || fraction.length > digits) throw notDecimal(text, digits);
  const whole = BigInt(`${match[2]}${fraction.padEnd(digits, "0")}`);
  return match[1] === "-" ? -whole : whole;
}

function notDecimal(text: string, digits: number): PurserError {
  return new PurserError("VALUE_NOT_DECIMAL_USD", {
    what: `"${text.slice(0, 60)}" is not an amount in dollars`,
    mend: `write a decimal with at most ${digits} places, such as 0.25`,
  });
}
