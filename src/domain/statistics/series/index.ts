/**
 * statistics/series: what a series of slots shows of itself.
 *
 * Answers:   its season by hour of the day and day of the week; middles and spreads that wild values
 *            cannot move.
 * Promises:  pure; a season only where it foretells what was left out.
 * Does not:  foretell, judge.
 * Start at:  series.ts, then seasonal-profile.ts.
 */
export {
  meanOf,
  medianOf,
  medianSlope,
  quantileOf,
  robustDeviation,
  trimmedMean,
} from "./robust.ts";
export { type SeasonalProfile, seasonalProfile } from "./seasonal-profile.ts";
export {
  beginningOf,
  type Calendar,
  DAYS_OF_WEEK,
  dayOfWeek,
  fromFirstUse,
  HOURS_OF_WEEK,
  runningSums,
  type Series,
  slotOfDay,
  sumBetween,
} from "./series.ts";
