/** When a budget runs out, and how likely that is before its window ends. */
import { type Instant, instant, type PicoUsd } from "../../base/index.ts";
import { chanceAbove, type Forecast, forecastInterval } from "../../domain/statistics/index.ts";

export type RunOut = {
  /** `null`: not before the end that was looked up to. */
  readonly expectedAt: Instant | null;
  readonly earliestAt: Instant | null;
  readonly latestAt: Instant | null;
  /** `null` where the history cannot say. */
  readonly chance: number | null;
};

export type RunOutQuestion = {
  readonly forecast: Forecast;
  readonly budget: PicoUsd;
  readonly spent: PicoUsd;
  readonly now: Instant;
  /** The end of the budget's window. */
  readonly until: Instant;
  readonly slotStart: Instant;
  readonly slotMs: number;
  /** Slots to the end of the budget's window, the one under way included. */
  readonly slotsLeft: number;
  readonly level: number;
};

/** Ends of slots that are looked at: a day has at least this many. */
const LOOKS_A_DAY = 8;

export function runOut(question: RunOutQuestion): RunOut {
  const { forecast, budget, spent, now, until, slotStart, slotMs, slotsLeft, level } = question;
  const left = Number(budget - spent) / 1e12;
  if (left <= 0) return { expectedAt: now, earliestAt: now, latestAt: now, chance: 1 };
  const step = Math.max(1, Math.floor(forecast.slotsPerDay / LOOKS_A_DAY));
  const firstTo = (reaches: (slots: number) => boolean): Instant | null => {
    for (let slots = 1; slots <= slotsLeft; slots += slots < slotsLeft ? nextStep(slots) : 1) {
      if (reaches(slots))
        return instant(Math.min(until, Math.max(now, slotStart + slots * slotMs)));
    }
    return null;
  };
  const nextStep = (slots: number): number => Math.min(step, slotsLeft - slots);
  const interval = (slots: number) => forecastInterval(forecast, slots, level);
  return {
    expectedAt: firstTo((slots) => (forecast.expected[slots] ?? 0) >= left),
    earliestAt: firstTo((slots) => (interval(slots)?.high ?? 0) >= left),
    latestAt: firstTo((slots) => (interval(slots)?.low ?? 0) >= left),
    chance: chanceAbove(forecast, slotsLeft, left),
  };
}
