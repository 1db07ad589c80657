/** Fields of a report, read strictly: a number that is none is refused where it stands. */
import {
  type Instant,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type PicoUsd,
  PurserError,
  parseInstant,
  picoUsd,
} from "../../base/index.ts";

/** A value with the place where it stands. */
export type At = { readonly value: JsonValue | undefined; readonly where: string };

export function refuse(where: string, what: string): never {
  throw new PurserError("REPORT_UNREADABLE", { what, where });
}

export function field({ value, where }: At, name: string): At {
  const object = isJsonObject(value) ? value : refuse(where, "an object is needed here");
  return { value: object[name], where: `${where}.${name}` };
}

export function objectOf({ value, where }: At): JsonObject {
  return isJsonObject(value) ? value : refuse(where, "an object is needed here");
}

export function listOf({ value, where }: At): readonly At[] {
  if (!Array.isArray(value)) refuse(where, "a list is needed here");
  return (value as readonly JsonValue[]).map((entry, index) => ({
    value: entry,
    where: `${where}[${index}]`,
  }));
}

/** Absent and null are the same. */
export function textOf({ value, where }: At): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : refuse(where, "a text is needed here");
}

export function timeOf(at: At): Instant {
  const time = parseInstant(textOf(at) ?? "");
  return time ?? refuse(at.where, `${shown(at.value)} is not a time with its zone`);
}

/** A count; absent and null are none. */
export function countOf({ value, where }: At): bigint {
  if (value === undefined || value === null) return 0n;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  return refuse(where, `${shown(value)} is not a count`);
}

/** A cent is ten thousand million picodollars. */
const CENT_DIGITS = 10;
const CENTS = /^(-?)(\d{1,20})(?:\.(\d{1,40}))?$/;

/**
 * A decimal text of cents, to the picodollar. A discount can leave digits below that; they are
 * rounded half away from zero. A JSON number is refused: it may have been rounded already.
 */
export function centsOf({ value, where }: At): PicoUsd {
  const [, sign = "", whole = "", fraction = ""] =
    (typeof value === "string" ? CENTS.exec(value) : null) ??
    refuse(where, `${shown(value)} is not a decimal text of cents`);
  const digits = fraction.padEnd(CENT_DIGITS + 1, "0");
  const exact = BigInt(whole + digits.slice(0, CENT_DIGITS));
  const rounded = exact + (Number(digits[CENT_DIGITS]) >= 5 ? 1n : 0n);
  return picoUsd(sign === "-" ? -rounded : rounded);
}

const SHOWN_CHARACTERS_MAX = 40;

function shown(value: JsonValue | undefined): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, SHOWN_CHARACTERS_MAX);
}
