/**
 * gateway/batches: the calls of the Message Batches API.
 *
 * Answers:   create, results, and whatever shows a batch.
 * Promises:  bodies pass as they came, a piece at a time, and no request of a batch is forwarded whole
 *            before it is on record; no result leaves before it is booked; the one change in an
 *            answer is the host in `results_url`, so that the results come this way too.
 * Does not:  make batches of its own, ask for results by itself.
 * Start at:  batch-routes.ts, then create-batch.ts and pass-results.ts.
 */
export { type BatchRoute, batchRouteOf } from "./batch-routes.ts";
export { carryBatchCall } from "./carry-batch-call.ts";
