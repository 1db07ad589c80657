/**
 * following: the entries of the journal as they are written, one after the other.
 *
 * Answers:   which entries came since it was last asked.
 * Promises:  each entry once and in order, also while another process writes; a segment that a compaction
 *            took away meanwhile is an error, not a gap.
 * Does not:  put entries together (live does). Loads no DuckDB.
 * Start at:  journal-follower.ts.
 */
export { type AppliedFrame, JournalFollower } from "./journal-follower.ts";
