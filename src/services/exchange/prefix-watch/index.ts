/**
 * prefix-watch: what broke a prompt's prefix, seen as traffic passes.
 *
 * Answers:   where a prompt left the one before it of the same lineage, and what kind of change it was.
 * Promises:  bounded memory; text stays in memory and nothing of it is in the answer; a prompt that
 *            goes on from the one before costs a comparison of two fingerprints.
 * Does not:  know the cache, price anything, look at settings (the ledger has those).
 * Start at:  prefix-watch.ts, then domain/prompt-cache/misses/prefix-break.ts.
 */
export {
  createPrefixWatch,
  DEFAULT_PREFIX_WATCH_LIMITS,
  type PrefixWatch,
  type PrefixWatchLimits,
  type WatchedPrompt,
} from "./prefix-watch.ts";
