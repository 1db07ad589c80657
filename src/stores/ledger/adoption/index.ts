/**
 * adoption: calls that were recorded elsewhere become rows of the ledger.
 *
 * Answers:   what one run of an import added, replaced, left as it was and took out.
 * Promises:  a run goes in whole by one manifest, or not at all; each call counts once, whatever was
 *            imported in which order; what the gateway measured is never touched, and comes first.
 * Does not:  read foreign formats or price (services/importers does), or need the directory's lock:
 *            it writes parts and a manifest, as a compaction does, and holds a compaction's lock.
 * Start at:  adopt-exchanges.ts.
 */
export { adoptExchanges } from "./adopt-exchanges.ts";
