/**
 * state: the definitions that people make and change: virtual keys, and what else is not a record of
 * a call.
 *
 * Answers:   which keys there are; that something changed.
 * Promises:  a change that resolved is on the disk; any process may read and write while others do;
 *            a file of a newer version is refused untouched; readable by its owner alone.
 * Does not:  decide on a call (the gateway reads a copy in memory), keep any secret but as a digest.
 * Start at:  open-state-store.ts, then migrations/ and keys/.
 */
export { type OpenStateStoreOptions, openStateStore } from "./open-state-store.ts";
