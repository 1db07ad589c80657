/**
 * importers/traces: recorded traffic of others as workloads for the cache engine.
 *
 * Answers:   what a trace file holds, whatever its format and compression.
 * Promises:  streams the file; says what it had to assume; keeps no text (the traces hold none).
 * Does not:  predict or price anything, read the ledger.
 * Start at:  read-trace.ts.
 */
export {
  type ReadTraceOptions,
  readTrace,
  type TraceFormat,
  type TraceProblem,
} from "./read-trace.ts";
