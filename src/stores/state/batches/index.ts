/**
 * batches: what is remembered of batches in the state store.
 *
 * Answers:   whose a batch is, which exchange each of its requests is, what is still to be booked.
 * Promises:  a request keeps the exchange that it was first given.
 * Does not:  hold any text of a request or a result.
 * Start at:  batch-store.ts.
 */
export { openBatchStore } from "./batch-store.ts";
