/**
 * importing: the side of an import that hands records over, one by one.
 *
 * Answers:   where calls of others go in, whether or not a gateway is running.
 * Promises:  nothing is in the ledger before `commit`; memory does not grow with the run.
 * Does not:  decide which record of a call stands (adoption does, in the engine's process).
 * Start at:  open-importer.ts.
 */
export { type LedgerImporterOptions, openLedgerImporter } from "./open-importer.ts";
