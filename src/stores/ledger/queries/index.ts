/**
 * queries: the questions of the contract, as SQL over Parquet and the live journal.
 *
 * Answers:   each question in a file of its own name.
 * Promises:  values are bound, never spliced; names of dimensions come from one table; money is summed
 *            as 128-bit integers and never passes through a double.
 * Does not:  follow the journal (engine's view does).
 * Start at:  dimensions.ts, then spend.ts.
 */

export { arms } from "./arms.ts";
export { billedUsage } from "./billed-usage.ts";
export { charges } from "./charges.ts";
export { exchange } from "./exchange.ts";
export { exchanges, notTakenBack, within } from "./exchanges.ts";
export { findExchanges } from "./find-exchanges.ts";
export { promptOrigins } from "./prompt-origins.ts";
export { type PromptsQuestion, prompts } from "./prompts.ts";
export { series } from "./series.ts";
export { span } from "./span.ts";
export { spend } from "./spend.ts";
export {
  type TrafficSlice,
  type TrafficSlicesQuestion,
  traffic,
  trafficSlices,
} from "./traffic.ts";
