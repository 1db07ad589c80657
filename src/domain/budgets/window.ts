/**
 * The window that an instant falls into. Calendar windows of a zone follow one another without a gap or
 * an overlap, whatever its clocks do: a day has 23 or 25 hours where they change, and a midnight that
 * never comes is the moment at which the clock skips it.
 */
import { DAY_MS, HOUR_MS } from "../../base/index.ts";
import type { BudgetWindow } from "./definition.ts";
import { type TimeZone, timeZone, transitionBetween } from "./time-zone.ts";

/** Milliseconds since 1970; `fromMs` belongs to it, `untilMs` does not and may be infinite. */
export type WindowSpan = { readonly fromMs: number; readonly untilMs: number };

export type CalendarWindow = Extract<BudgetWindow, { readonly timeZone: string }>;

export const ALWAYS: WindowSpan = {
  fromMs: Number.NEGATIVE_INFINITY,
  untilMs: Number.POSITIVE_INFINITY,
};

export function calendarWindow(window: CalendarWindow, atMs: number): WindowSpan {
  const zone = timeZone(window.timeZone);
  return window.kind === "hour" ? hourOf(zone, atMs) : daysOf(window.kind, zone, atMs);
}

/** An hour of the wall clock, cut short where the clock changes within it. */
function hourOf(zone: TimeZone, atMs: number): WindowSpan {
  const offset = zone.offsetMs(atMs);
  const fromMs = Math.floor((atMs + offset) / HOUR_MS) * HOUR_MS - offset;
  const untilMs = fromMs + HOUR_MS;
  const cutFrom = zone.offsetMs(fromMs) !== offset;
  const cutUntil = zone.offsetMs(untilMs - 1) !== offset;
  return {
    fromMs: cutFrom ? transitionBetween(zone, fromMs, atMs) : fromMs,
    untilMs: cutUntil ? transitionBetween(zone, atMs, untilMs - 1) : untilMs,
  };
}

type Days = "day" | "week" | "month";
/** A day by its number since 1970, without a zone. */
type DayNumber = number;

function daysOf(kind: Days, zone: TimeZone, atMs: number): WindowSpan {
  const today = Math.floor((atMs + zone.offsetMs(atMs)) / DAY_MS);
  const first = firstDay(kind, today);
  const fromMs = midnight(zone, first);
  // A clock that is set back over midnight shows the new day before it has begun for good.
  if (fromMs > atMs) return { fromMs: midnight(zone, firstDay(kind, first - 1)), untilMs: fromMs };
  return { fromMs, untilMs: midnight(zone, nextFirstDay(kind, first)) };
}

const MONDAY = 1;

function firstDay(kind: Days, day: DayNumber): DayNumber {
  if (kind === "day") return day;
  const date = new Date(day * DAY_MS);
  if (kind === "month") return day - (date.getUTCDate() - 1);
  return day - ((date.getUTCDay() - MONDAY + 7) % 7);
}

function nextFirstDay(kind: Days, first: DayNumber): DayNumber {
  if (kind === "day") return first + 1;
  if (kind === "week") return first + 7;
  const date = new Date(first * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS;
}

/** The first instant from which on the zone's date is never before `day` again. */
function midnight(zone: TimeZone, day: DayNumber): number {
  const wall = day * DAY_MS;
  const before = zone.offsetMs(wall - DAY_MS);
  const after = zone.offsetMs(wall + DAY_MS);
  if (before === after) return wall - before;
  const candidates = [wall - before, wall - after].sort((left, right) => left - right);
  const [early = wall, late = wall] = candidates;
  const isShown = (atMs: number): boolean => atMs + zone.offsetMs(atMs) === wall;
  if (isShown(late)) return late;
  if (isShown(early)) return early;
  return transitionBetween(zone, early, late);
}
