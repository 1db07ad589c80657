/**
 * What a series will sum to from its end on, slot by slot, and how sure that is. The level and its
 * trend by the rule that would have foretold this series best, spread over hours and days by its season.
 */
import {
  type Calendar,
  fromFirstUse,
  meanOf,
  type SeasonalProfile,
  type Series,
  seasonalProfile,
} from "../series/index.ts";
import { backtest, cumulated, errorsOf, type HorizonErrors, rankedRules } from "./backtest.ts";
import { LEVEL_RULES, seasonlessDays } from "./level.ts";
import { type Spread, spreadAt } from "./spread.ts";

export type ForecastQuestion = {
  /** Whole slots up to the present. */
  readonly history: Series;
  readonly calendar: Calendar;
  readonly slotsAhead: number;
  /** Shorter horizons whose own errors are wanted as well. */
  readonly alsoAt?: readonly number[];
};

/** What the history allows to say. */
export type ForecastState =
  /** Level, season where there is one, and an interval. */
  | "forecast"
  /** Too young for an interval: what it used up to now, carried on. */
  | "young"
  /** Silent for longer than it ever was: nothing more is expected. */
  | "stopped"
  /** Nothing was ever used. */
  | "empty";

export type Forecast = {
  readonly state: ForecastState;
  readonly season: SeasonalProfile["season"];
  /** The rule that the level came by; `null` where none was tried. */
  readonly rule: string | null;
  /** Slots since the first use. */
  readonly historySlots: number;
  /** Entry `n`: the sum that is expected of the next `n` slots. */
  readonly expected: Float64Array;
  readonly errors: readonly HorizonErrors[];
  readonly offset: number;
  readonly slotsPerDay: number;
};

export const DAYS_FOR_INTERVAL = 7;
/** Silence shorter than this is no end. */
const STOPPED_DAYS_MIN = 3;
const STOPPED_TIMES_LONGEST_GAP = 2;
/** Horizons at which errors are looked at, in days, beside the one asked for. */
const HORIZON_DAYS = [1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 60, 90];

export function forecastSum(asked: ForecastQuestion): Forecast {
  const { history, calendar, slotsAhead } = asked;
  const used = fromFirstUse(history);
  const { slotsPerDay } = calendar;
  const length = used.values.length;
  const plain = { season: "none", rule: null, historySlots: length, errors: [] } as const;
  const common = { ...plain, offset: usualUse(used.values), slotsPerDay };
  const nothing = new Float64Array(slotsAhead + 1);
  if (length === 0) return { ...common, state: "empty", expected: nothing };
  if (hasStopped(used.values, slotsPerDay)) {
    return { ...common, state: "stopped", expected: nothing };
  }
  const profile = seasonalProfile(used, calendar);
  const days = seasonlessDays(used, profile, calendar);
  const ahead = { firstSlot: used.firstSlot + length, slots: slotsAhead };
  if (length < DAYS_FOR_INTERVAL * slotsPerDay) {
    const level = meanOf(used.values);
    return { ...common, state: "young", expected: cumulated(profile, () => level, ahead) };
  }
  const question = { series: used, calendar, offset: common.offset };
  const horizons = horizonsFor(asked);
  const tested = backtest({ ...question, horizons });
  const ranked = rankedRules(tested);
  const rule = LEVEL_RULES[ranked[0] ?? 0];
  const path = rule?.path(days, calendar) ?? (() => 0);
  return {
    ...common,
    state: "forecast",
    season: profile.season,
    rule: rule?.name ?? null,
    expected: cumulated(profile, path, ahead),
    errors: errorsOf(tested, ranked),
  };
}

/** The sum of several forecasts as the expected, with the errors of the forecast of the whole. */
export function forecastOfParts(whole: Forecast, parts: readonly Forecast[]): Forecast {
  const expected = whole.expected.map((_, at) =>
    parts.reduce((sum, part) => sum + (part.expected[at] ?? 0), 0),
  );
  return { ...whole, expected };
}

/** Scales what is expected of each slot: a price that falls. */
export function scaledForecast(forecast: Forecast, factor: (slot: number) => number): Forecast {
  const expected = new Float64Array(forecast.expected.length);
  for (let at = 1; at < expected.length; at += 1) {
    const own = (forecast.expected[at] ?? 0) - (forecast.expected[at - 1] ?? 0);
    expected[at] = (expected[at - 1] ?? 0) + own * factor(at - 1);
  }
  return { ...forecast, expected };
}

export type ForecastInterval = {
  readonly low: number;
  readonly high: number;
  readonly basis: Spread["basis"];
};

/** The interval of the sum over the next slots; `null` where the history cannot say. */
export function forecastInterval(
  forecast: Forecast,
  slotsAhead: number,
  level: number,
): ForecastInterval | null {
  const spread = spreadOf(forecast, slotsAhead);
  if (spread === null) return null;
  const expected = (forecast.expected[slotsAhead] ?? 0) + forecast.offset;
  const { low, high } = spread.between(level);
  return {
    low: Math.max(0, expected * Math.exp(low) - forecast.offset),
    high: Math.max(0, expected * Math.exp(high) - forecast.offset),
    basis: spread.basis,
  };
}

/** The probability that the next slots sum to more than `amount`; `null` where nobody can say. */
export function chanceAbove(forecast: Forecast, slotsAhead: number, amount: number): number | null {
  if (amount < 0) return 1;
  const spread = spreadOf(forecast, slotsAhead);
  if (spread === null) return null;
  const expected = (forecast.expected[slotsAhead] ?? 0) + forecast.offset;
  return spread.shareAbove(Math.log((amount + forecast.offset) / expected));
}

function spreadOf(forecast: Forecast, slotsAhead: number): Spread | null {
  if (forecast.state !== "forecast") return null;
  return spreadAt(forecast.errors, slotsAhead, forecast.slotsPerDay);
}

function horizonsFor({ calendar, slotsAhead, alsoAt = [] }: ForecastQuestion): readonly number[] {
  const usual = HORIZON_DAYS.map((days) => days * calendar.slotsPerDay);
  const all = [...usual, ...alsoAt].filter((slots) => slots > 0 && slots < slotsAhead);
  return [...new Set([...all, slotsAhead])].sort((left, right) => left - right);
}

/** The mean of the slots that saw any use. */
function usualUse(values: readonly number[]): number {
  const used = values.filter((value) => value > 0);
  return used.length === 0 ? 1 : meanOf(used);
}

function hasStopped(values: readonly number[], slotsPerDay: number): boolean {
  let longest = 0;
  let gap = 0;
  for (const value of values) {
    if (value === 0) {
      gap += 1;
      continue;
    }
    longest = Math.max(longest, gap);
    gap = 0;
  }
  return gap >= STOPPED_DAYS_MIN * slotsPerDay && gap > STOPPED_TIMES_LONGEST_GAP * longest;
}
