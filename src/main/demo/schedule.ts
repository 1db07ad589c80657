/** Times of a day, drawn like an office's: few at night, most around eleven and three. */
import {
  type DurationMs,
  durationMs,
  HOUR_MS,
  type Instant,
  instant,
  type Random,
} from "../../base/index.ts";

/** Weight of each hour of the day, midnight first. */
const OFFICE_HOURS = [
  0, 0, 0, 0, 0, 1, 2, 5, 9, 12, 14, 13, 8, 11, 14, 13, 10, 7, 4, 2, 2, 1, 0, 0,
];

/** A time of the day within office hours. */
export function officeTime(midnight: Instant, random: Random): Instant {
  const total = OFFICE_HOURS.reduce((sum, weight) => sum + weight, 0);
  let left = random.next() * total;
  const hour = OFFICE_HOURS.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return instant(midnight + Math.floor((hour + random.next()) * HOUR_MS));
}

/** `clock(midnight, 14, 30)` is half past two in the afternoon. */
export function clockTime(midnight: Instant, hour: number, minute: number): Instant {
  return instant(midnight + hour * HOUR_MS + minute * 60_000);
}

/** Somewhere from `low` to `high` seconds. */
export function secondsBetween(random: Random, low: number, high: number): DurationMs {
  return durationMs(Math.floor((low + random.next() * (high - low)) * 1_000));
}
