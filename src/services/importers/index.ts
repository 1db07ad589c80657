/**
 * importers: traffic that was recorded elsewhere, or in the ledger, as workloads for the cache engine.
 *
 * Answers:   what a trace file or a stretch of the ledger holds, as paths of a prefix tree.
 * Promises:  streams what it reads; says what it had to assume and what it left out; keeps no text.
 * Does not:  predict or price anything.
 * Start at:  traces/read-trace.ts, then ledger/read-ledger-workloads.ts.
 */
export {
  type LedgerWorkload,
  type LedgerWorkloadOptions,
  type LedgerWorkloads,
  type PricedAs,
  readLedgerWorkloads,
} from "./ledger/read-ledger-workloads.ts";
export { readTrace, type TraceFormat, type TraceProblem } from "./traces/index.ts";
