/**
 * ledger: what every exchange cost, written once and kept exactly.
 *
 * Answers:   spend by any dimension, exchanges, exports, and whether its own files are sound.
 * Promises:  a settlement that resolved is on the disk; sums are exact; any process may read while one
 *            writes; a query never delays a call.
 * Does not:  price (domain/billing does), decide, or take the directory's lock (data-directory does).
 * Start at:  docs/concepts/ledger.md, then writing/open-writer.ts and reading/open-reader.ts.
 */

export { type LedgerImporterOptions, openLedgerImporter } from "./importing/index.ts";
export {
  type LedgerMaintenance,
  type LedgerMaintenanceOptions,
  openLedgerMaintenance,
} from "./maintenance/index.ts";
export { type LedgerReaderOptions, openLedgerReader } from "./reading/index.ts";
export {
  type LedgerWriterOptions,
  openLedgerWriter,
  type RecoveringLedgerWriter,
  type RecoveryFinding,
} from "./writing/index.ts";
