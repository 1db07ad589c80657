/** The texts of a forecast's question: its horizon, a decline of prices, budgets. */
import {
  DAY_MS,
  HOUR_MS,
  type Instant,
  instant,
  type PicoUsd,
  PurserError,
  parseInstant,
  parseUsd,
  ZERO_PICO_USD,
} from "../../base/index.ts";

import type { Dimension } from "../../stores/contracts/index.ts";
import { readDimension } from "../spend-question.ts";

export const HORIZON_DAYS_MAX = 400;
export const MONTH_END = "month-end";

/** A year as prices are spoken of; the length of a month is a twelfth of it. */
const YEAR_MS = 365.25 * DAY_MS;
const SPANS_MS = { year: YEAR_MS, month: YEAR_MS / 12 } as const;

/** The first moment of the calendar month (UTC) so many months after the one that has `at`. */
export function monthStart(at: Instant, monthsLater: number): Instant {
  const date = new Date(at);
  return instant(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + monthsLater, 1));
}

/** The end of a forecast, later than `now`. Errors: `FORECAST_HORIZON_INVALID`. */
export function readHorizon(text: string, now: Instant): Instant {
  const end = horizonEnd(text, now);
  const wrong = (what: string): PurserError =>
    new PurserError("FORECAST_HORIZON_INVALID", { what, where: "horizon" });
  if (end === null) throw wrong(`"${text.slice(0, 60)}" is no horizon`);
  if (end <= now) throw wrong(`"${text.slice(0, 60)}" is not in the future`);
  if (end > now + HORIZON_DAYS_MAX * DAY_MS) {
    throw wrong(`"${text.slice(0, 60)}" is more than ${HORIZON_DAYS_MAX} days away`);
  }
  return end;
}

function horizonEnd(text: string, now: Instant): Instant | null {
  if (text === MONTH_END) return monthStart(now, 1);
  const distance = /^(\d{1,5})([hdw])$/.exec(text);
  if (distance === null) return parseInstant(text);
  const unitMs = { h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS }[distance[2] as "h" | "d" | "w"];
  return instant(now + Number(distance[1]) * unitMs);
}

/** The factor on a price after so many milliseconds. Errors: `FORECAST_PRICE_DECLINE_INVALID`. */
export function readPriceDecline(text: string): (afterMs: number) => number {
  const match = /^(\d{1,2}(?:\.\d{1,4})?)\s?%\s?\/\s?(year|month)$/.exec(text.trim());
  if (match === null) {
    const what = `"${text.slice(0, 60)}" is no decline of prices`;
    throw new PurserError("FORECAST_PRICE_DECLINE_INVALID", { what, where: "priceDecline" });
  }
  const kept = 1 - Number(match[1]) / 100;
  const spanMs = SPANS_MS[match[2] as keyof typeof SPANS_MS];
  return (afterMs) => kept ** (afterMs / spanMs);
}

/** Errors: `FORECAST_BUDGET_INVALID`. */
export function readBudget(text: string): PicoUsd {
  const amount = /^\d{1,15}(\.\d{1,12})?$/.test(text) ? parseUsd(text) : ZERO_PICO_USD;
  if (amount > 0n) return amount;
  const what = `"${text.slice(0, 60)}" is no amount above zero`;
  throw new PurserError("FORECAST_BUDGET_INVALID", { what, where: "budget" });
}

const TIMES: readonly Dimension[] = ["hour", "hour-of-day", "day"];

/** A dimension that hourly sums are kept by. Errors: `OPERATION_DIMENSION_UNKNOWN`. */
export function readHourlyAttribute(text: string): Dimension {
  const dimension = readAttribute(text);
  if (HOURLY_DIMENSIONS.includes(dimension)) return dimension;
  const what = `there are no hourly sums by "${dimension.slice(0, 60)}"`;
  const mend = `Use one of ${HOURLY_DIMENSIONS.join(", ")}.`;
  throw new PurserError("OPERATION_DIMENSION_UNKNOWN", { what, where: "by", mend });
}

/** Dimensions that the hourly sums have. */
export const HOURLY_DIMENSIONS: readonly Dimension[] = [
  "model",
  "endpoint",
  "user-type",
  "team",
  "key",
  "outcome",
  "client",
];

/** A dimension whose values go on in time. Errors: `OPERATION_DIMENSION_UNKNOWN`. */
export function readAttribute(text: string): Dimension {
  const dimension = readDimension(text);
  if (!TIMES.includes(dimension)) return dimension;
  const what = `"${dimension}" is a time, which has no future of its own`;
  const mend = "Group by an attribute: endpoint, model, team, key, user, tag:NAME.";
  throw new PurserError("OPERATION_DIMENSION_UNKNOWN", { what, where: "by", mend });
}
