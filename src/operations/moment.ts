import { formatInstant, type Instant, instant, PurserError, parseInstant } from "../base/index.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Reads a point in time: a day (its midnight, UTC), an ISO 8601 time with its zone, a distance back
 * from now (`90m`, `24h`, `7d`, `2w`), `now`, `today` or `yesterday`.
 *
 * Errors: `OPERATION_TIME_INVALID`.
 */
export function readMoment(text: string, now: Instant, field: string): Instant {
  const distance = /^(\d{1,5})([mhdw])$/.exec(text);
  const unitMs = UNITS_MS[distance?.[2] ?? ""];
  if (distance !== null && unitMs !== undefined) return instant(now - Number(distance[1]) * unitMs);
  const named = namedMoment(text, now);
  const value = named ?? parseInstant(text);
  if (value !== null) return value;
  throw new PurserError("OPERATION_TIME_INVALID", {
    what: `"${text.slice(0, 60)}" is not a point in time`,
    where: field,
  });
}

/** `null` stays `null`: an open end. */
export function readOptionalMoment(
  text: string | undefined,
  now: Instant,
  field: string,
): Instant | null {
  return text === undefined ? null : readMoment(text, now, field);
}

function namedMoment(text: string, now: Instant): Instant | null {
  const midnight = parseInstant(formatInstant(now).slice(0, 10));
  if (text === "now") return now;
  if (text === "today") return midnight;
  if (text === "yesterday") return midnight === null ? null : instant(midnight - 86_400_000);
  return null;
}
