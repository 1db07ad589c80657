/**
 * reading: the side of the ledger that any process may hold.
 *
 * Answers:   the questions of `LedgerReader`.
 * Promises:  reads while another process writes; never changes a file of the ledger.
 * Does not:  run SQL in this process (engine does, in its own).
 * Start at:  open-reader.ts.
 */
export { type LedgerReaderOptions, openLedgerReader } from "./open-reader.ts";
