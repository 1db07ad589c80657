/**
 * compaction: sealed segments of the journal become Parquet parts with their sums.
 *
 * Answers:   what a compaction wrote and removed.
 * Promises:  the manifest is the one switch: before it the old files are the ledger, after it the new
 *            ones. What is old is removed last. A kill at any moment loses and doubles nothing.
 * Does not:  decide when (the caller does), or touch the segment that is being written.
 * Start at:  compact.ts, then write-part.ts.
 */
export {
  type CompactionAnswer,
  type CompactionOptions,
  type CompactionStep,
  compactLedger,
} from "./compact.ts";
export { namesOf } from "./remove-files.ts";
export { ROLLUP_KINDS, type RollupKind, rollupOfRows } from "./rollups.ts";
export { createStage, type PartQueries, STAGED, sha256Of, writePart } from "./write-part.ts";
