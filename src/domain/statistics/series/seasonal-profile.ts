/**
 * How much of a series falls on each hour of the day and each day of the week: factors around one. A
 * season is taken only where it foretells what was left out of it better than no season does, and the
 * fewer days speak for it, the closer it stays to one.
 */
import { trimmedMean } from "./robust.ts";
import {
  type Calendar,
  dayOfWeek,
  runningSums,
  type Series,
  slotOfDay,
  sumBetween,
} from "./series.ts";

export type SeasonalProfile = {
  readonly season: "none" | "day" | "week" | "day-and-week";
  /** The factor of a slot; the factors of a week have a mean of one. */
  readonly factor: (slot: number) => number;
};

/** Days without which a season cannot be told from chance. */
const DAYS_MIN = 4;
const WEEKS_MIN = 2;
/** A season must lower the squared error of what was left out by this share; by more where days are few. */
const GAIN_MIN = 0.03;
const GAIN_TIMES_OBSERVATIONS = 0.3;
/** In that judgement a wild value counts for no more than this many times the usual. */
const RATIO_MAX = 6;
/** So many observations weigh as much as the belief that there is no season. */
const PRIOR_OBSERVATIONS = 1;
const TRIM = 0.1;
/** From so many on, the lowest and the highest are left out in any case. */
const TRIMMED_FROM = 4;

function trimOf(count: number): number {
  return count < TRIMMED_FROM ? 0 : Math.max(TRIM, 1 / count);
}

export function seasonalProfile(series: Series, calendar: Calendar): SeasonalProfile {
  const { slotsPerDay, daysPerWeek } = calendar;
  const ofDay = factorsOf(dailyRatios(series, calendar), slotsPerDay);
  const ofWeek = factorsOf(weeklyRatios(series, calendar), daysPerWeek);
  const season =
    ofDay === null ? (ofWeek === null ? "none" : "week") : ofWeek === null ? "day" : "day-and-week";
  return {
    season,
    factor: (slot) =>
      (ofDay?.[slotOfDay(slot, calendar)] ?? 1) * (ofWeek?.[dayOfWeek(slot, calendar)] ?? 1),
  };
}

/** A place in the cycle with what was seen there, as a multiple of the mean around it. */
type Ratio = { readonly place: number; readonly ratio: number };

/** Each slot against the day that has it in its middle. */
function dailyRatios({ firstSlot, values }: Series, calendar: Calendar): readonly Ratio[] {
  const { slotsPerDay } = calendar;
  if (slotsPerDay === 1 || values.length < DAYS_MIN * slotsPerDay) return [];
  const sums = runningSums(values);
  const before = slotsPerDay >> 1;
  return values.flatMap((value, index) => {
    const from = Math.min(Math.max(0, index - before), values.length - slotsPerDay);
    const mean = sumBetween(sums, from, from + slotsPerDay) / slotsPerDay;
    if (mean <= 0) return [];
    const place = slotOfDay(firstSlot + index, calendar);
    return [{ place, ratio: value / mean }];
  });
}

/** Each whole day against the week that has it in its middle. */
function weeklyRatios({ firstSlot, values }: Series, calendar: Calendar): readonly Ratio[] {
  const { slotsPerDay, daysPerWeek } = calendar;
  const begin = (slotsPerDay - slotOfDay(firstSlot, calendar)) % slotsPerDay;
  const days = Math.floor((values.length - begin) / slotsPerDay);
  if (days < WEEKS_MIN * daysPerWeek) return [];
  const sums = runningSums(values);
  const at = (day: number): number => begin + day * slotsPerDay;
  return Array.from({ length: days }, (_, day) => {
    const from = Math.min(Math.max(0, day - (daysPerWeek >> 1)), days - daysPerWeek);
    const mean = sumBetween(sums, at(from), at(from + daysPerWeek)) / daysPerWeek;
    const value = sumBetween(sums, at(day), at(day + 1));
    const ratio = mean <= 0 ? null : value / mean;
    return { place: dayOfWeek(firstSlot + at(day), calendar), ratio };
  }).flatMap(({ place, ratio }) => (ratio === null ? [] : [{ place, ratio }]));
}

/** Factors with a mean of one; `null` where no season shows. */
function factorsOf(ratios: readonly Ratio[], places: number): readonly number[] | null {
  const byPlace = Array.from({ length: places }, (): number[] => []);
  for (const { place, ratio } of ratios) byPlace[place]?.push(ratio);
  if (byPlace.some((seen) => seen.length < WEEKS_MIN) || !isSeasonal(byPlace)) return null;
  const raw = byPlace.map((seen) => {
    const weight = seen.length / (seen.length + PRIOR_OBSERVATIONS);
    return Math.max(0, 1 + weight * (trimmedMean(seen, trimOf(seen.length)) - 1));
  });
  const mean = raw.reduce((sum, factor) => sum + factor, 0) / places;
  return mean <= 0 ? null : raw.map((factor) => factor / mean);
}

/** Each value foretold by the others of its place, against all others together. */
function isSeasonal(byPlace: readonly (readonly number[])[]): boolean {
  const all = byPlace.flat().map(bounded);
  const total = all.reduce((sum, value) => sum + value, 0);
  let seasonal = 0;
  let flat = 0;
  for (const found of byPlace) {
    const seen = found.map(bounded);
    const own = seen.reduce((sum, value) => sum + value, 0);
    for (const value of seen) {
      seasonal += (value - (own - value) / (seen.length - 1)) ** 2;
      flat += (value - (total - value) / (all.length - 1)) ** 2;
    }
  }
  const gain = GAIN_MIN + (GAIN_TIMES_OBSERVATIONS * byPlace.length) / all.length;
  return seasonal < flat * (1 - gain);
}

function bounded(ratio: number): number {
  return Math.min(RATIO_MAX, ratio);
}
