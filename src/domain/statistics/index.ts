/**
 * statistics: how sure a measured figure is.
 *
 * Answers:   what an experiment saved, and within which interval; quantiles of Student's t.
 * Promises:  pure and deterministic; too little to measure is an outcome of its own, never a wide guess.
 * Does not:  know money, caches or the ledger.
 * Start at:  switchback-saving.ts.
 */
export { studentTCumulative, studentTQuantile } from "./student-t.ts";
export {
  type MeasuredSaving,
  measureSaving,
  type SavingQuestion,
  UNITS_MIN,
  type Unit,
  type UnitPart,
} from "./switchback-saving.ts";
