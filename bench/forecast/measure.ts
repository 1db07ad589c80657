/** Forecasts held against what came: errors beside two naive ones, and how often intervals held. */
import {
  type Calendar,
  forecastInterval,
  forecastSum,
  type Series,
} from "../../src/domain/statistics/index.ts";

export type Score = {
  readonly forecasts: number;
  /** Mean distance from what came, as a share of the mean of what came. */
  readonly error: number;
  /** The same for "as much as in the last window of that length". */
  readonly naiveError: number;
  /** The same for "each slot as a week before". */
  readonly seasonalNaiveError: number;
  readonly held80: number;
  readonly held95: number;
  /** Mean width of the 95% interval, as a share of the mean of what came. */
  readonly width95: number;
  /** Times that no interval was given. */
  readonly withoutInterval: number;
};

export type Trial = {
  readonly history: readonly number[];
  readonly future: readonly number[];
};

export function scoreOf(trials: readonly Trial[], calendar: Calendar): Score {
  const sums = { actual: 0, error: 0, naive: 0, seasonal: 0, width: 0 };
  const counts = { held80: 0, held95: 0, given: 0 };
  for (const { history, future } of trials) {
    const slots = future.length;
    const actual = sum(future);
    const series: Series = { firstSlot: 0, values: history };
    const made = forecastSum({ history: series, calendar, slotsAhead: slots });
    sums.actual += actual;
    sums.error += Math.abs((made.expected[slots] ?? 0) - actual);
    sums.naive += Math.abs(sum(history.slice(-slots)) - actual);
    sums.seasonal += Math.abs(seasonalNaive(history, slots, calendar) - actual);
    const [narrow, wide] = [0.8, 0.95].map((level) => forecastInterval(made, slots, level));
    if (narrow === null || wide === null || narrow === undefined || wide === undefined) continue;
    counts.given += 1;
    if (narrow.low <= actual && actual <= narrow.high) counts.held80 += 1;
    if (wide.low <= actual && actual <= wide.high) counts.held95 += 1;
    sums.width += wide.high - wide.low;
  }
  const mean = sums.actual / trials.length;
  return {
    forecasts: trials.length,
    error: sums.error / sums.actual,
    naiveError: sums.naive / sums.actual,
    seasonalNaiveError: sums.seasonal / sums.actual,
    held80: counts.held80 / counts.given,
    held95: counts.held95 / counts.given,
    width95: sums.width / counts.given / mean,
    withoutInterval: trials.length - counts.given,
  };
}

/** A trial a "day" from `from` days on, each with all that was known before it. */
export function rollingTrials(
  values: readonly number[],
  { slotsPerDay }: Calendar,
  { from, days }: { readonly from: number; readonly days: number },
): readonly Trial[] {
  const trials: Trial[] = [];
  const slots = days * slotsPerDay;
  for (let origin = from * slotsPerDay; origin + slots <= values.length; origin += slotsPerDay) {
    trials.push({ history: values.slice(0, origin), future: values.slice(origin, origin + slots) });
  }
  return trials;
}

function seasonalNaive(
  history: readonly number[],
  slots: number,
  { slotsPerDay, daysPerWeek }: Calendar,
): number {
  const week = slotsPerDay * daysPerWeek;
  let total = 0;
  for (let ahead = 0; ahead < slots; ahead += 1) {
    total += history[history.length - week + (ahead % week)] ?? 0;
  }
  return total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
