/**
 * statistics: how sure a measured figure is, what a series will do, and what is too much.
 *
 * Answers:   what an experiment saved, and within which interval; what a series will sum to; when it
 *            rose above what it was; its season;
 *            quantiles of Student's t.
 * Promises:  pure and deterministic; too little to measure is an outcome of its own, never a wide guess.
 * Does not:  know money, caches or the ledger.
 * Start at:  switchback-saving.ts, forecast/index.ts.
 */
export {
  findIncidents,
  findOutliers,
  type Incident,
  type IncidentQuestion,
  type Outlier,
} from "./anomalies/index.ts";
export {
  chanceAbove,
  DAYS_FOR_INTERVAL,
  type Forecast,
  type ForecastInterval,
  type ForecastQuestion,
  type ForecastState,
  forecastInterval,
  forecastOfParts,
  forecastSum,
  scaledForecast,
} from "./forecast/index.ts";
export {
  type Calendar,
  DAYS_OF_WEEK,
  HOURS_OF_WEEK,
  type SeasonalProfile,
  type Series,
  seasonalProfile,
} from "./series/index.ts";
export { studentTCumulative, studentTQuantile } from "./student-t.ts";
export {
  type MeasuredSaving,
  measureSaving,
  type SavingQuestion,
  UNITS_MIN,
  type Unit,
  type UnitPart,
} from "./switchback-saving.ts";
