/**
 * importers: traffic that was recorded elsewhere: as calls for the ledger, or as workloads for the
 * cache engine; and stretches of the ledger as such workloads.
 *
 * Answers:   which calls a transcript, a log, a span or a table tells of, and what each costs; what a
 *            trace file or a stretch of the ledger holds, as paths of a prefix tree.
 * Promises:  streams what it reads; says what it had to assume and what it left out; keeps no text.
 * Does not:  write the ledger, take a foreign cost for a bill, predict anything.
 * Start at:  calls/import-calls.ts and calls/sources.ts; for workloads traces/read-trace.ts, then
 *            ledger/read-ledger-workloads.ts.
 */
export {
  type CostDifference,
  type ImportProblem,
  type ImportRun,
  type ImportTally,
  importCalls,
} from "./calls/import-calls.ts";
export { callSource, type SourceSettings } from "./calls/sources.ts";
export type { PricingContext } from "./calls/to-exchange.ts";
export { TABLE_FIELDS } from "./csv/mapping.ts";
export { NUMBER_STYLES, TIME_STYLES } from "./csv/read-table.ts";
export {
  type LedgerWorkload,
  type LedgerWorkloadOptions,
  type LedgerWorkloads,
  type PricedAs,
  readLedgerWorkloads,
} from "./ledger/read-ledger-workloads.ts";
export {
  callOfTraffic,
  profileOfTraffic,
  type RecordedExchange,
  recordedExchange,
} from "./ledger/recorded-calls.ts";
export { readTrace, type TraceFormat, type TraceProblem } from "./traces/index.ts";
