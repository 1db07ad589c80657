/**
 * export: the ledger as a file that other programs read.
 *
 * Answers:   every exchange of a window as CSV, JSON lines or Parquet, or every bill line as FOCUS 1.2.
 * Promises:  amounts are exact to twelve places; measured and estimated stand in columns of their own.
 * Does not:  choose where the file goes. The file appears whole or not at all.
 * Start at:  export-ledger.ts, then focus-sql.ts.
 */
export { exportLedger } from "./export-ledger.ts";
