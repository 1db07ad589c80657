/**
 * writing: the side of the ledger that the gateway holds.
 *
 * Answers:   how an entry becomes durable, and what becomes of those that a crash left open.
 * Promises:  a torn tail is cut before anything is appended; every exchange found open is settled as
 *            `lost`, with its worst case as an estimate.
 * Does not:  take the directory's lock (data-directory does), query, compact.
 * Start at:  open-writer.ts, then recover.ts.
 */
export {
  type LedgerWriterOptions,
  openLedgerWriter,
  type RecoveringLedgerWriter,
  type RecoveryFinding,
} from "./open-writer.ts";
