/** One series carried on from the present to a given end, and what can be said of it. */
import type { Instant } from "../../base/index.ts";
import {
  DAYS_FOR_INTERVAL,
  type Forecast,
  forecastInterval,
  forecastSum,
  scaledForecast,
} from "../../domain/statistics/index.ts";
import type { SpendHistory, SpendSeries } from "./spend-history.ts";

export type View = {
  readonly history: Pick<SpendHistory, "calendar" | "slotMs" | "slotStart">;
  readonly now: Instant;
  readonly until: Instant;
};

export type Part = { readonly series: SpendSeries; readonly forecast: Forecast };

/** How sure the times are between which a budget runs out. */
export const RUN_OUT_LEVEL = 0.8;

/** Slots from the one under way to the one that `until` ends in. */
export function slotsTo(until: Instant, { slotStart, slotMs }: View["history"]): number {
  return Math.ceil((until - slotStart) / slotMs);
}

/** Expected amounts from now to the last of `ends`: of the slot under way only what is left counts. */
export function forecastOf(
  series: SpendSeries,
  { history, now }: View,
  ends: readonly Instant[],
): Part {
  const { calendar, slotMs, slotStart } = history;
  const alsoAt = ends.map((end) => slotsTo(end, history));
  const slotsAhead = Math.max(...alsoAt);
  const whole = forecastSum({ history: series.history, calendar, slotsAhead, alsoAt });
  const left = (slotStart + slotMs - now) / slotMs;
  return { series, forecast: scaledForecast(whole, (slot) => (slot === 0 ? left : 1)) };
}

/** What share of each slot lies before `until`, which may end within one. */
export function upTo({ history, until }: View): (slot: number) => number {
  const { slotStart, slotMs } = history;
  return (slot) => Math.max(0, Math.min(1, (until - slotStart) / slotMs - slot));
}

export function wordsFor(forecast: Forecast, slots: number): string {
  const { state, season, rule, slotsPerDay } = forecast;
  if (state === "empty") return "nothing was ever spent here, so nothing can be said";
  if (state === "stopped") {
    return "silent for longer than ever before: taken to have stopped, nothing more is expected";
  }
  if (state === "young") {
    return `fewer than ${DAYS_FOR_INTERVAL} days of history: its mean up to now, without an interval`;
  }
  const found = forecastInterval(forecast, slots, RUN_OUT_LEVEL);
  const seasonal =
    season === "none" ? "no season shows" : `season by ${season.replaceAll("-", " ")}`;
  const how = `${rule}; ${seasonal}`;
  if (found === null) {
    const days = Math.round(slots / slotsPerDay);
    return `${how}; ${days} days are too far for this history to give an interval`;
  }
  return found.basis === "horizon"
    ? how
    : `${how}; interval carried on from shorter horizons, for want of history`;
}
