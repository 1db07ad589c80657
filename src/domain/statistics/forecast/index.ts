/**
 * statistics/forecast: what a series will sum to, and how sure that is.
 *
 * Answers:   the expected sum over the next slots, its interval, the chance to exceed an amount.
 * Promises:  pure; an interval only from errors that this series' own past would have seen; too little
 *            history is a state of its own.
 * Does not:  know money, endpoints or prices.
 * Start at:  forecast-sum.ts.
 */
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
} from "./forecast-sum.ts";
