/**
 * simulator/batches: the Message Batches API.
 *
 * Answers:   create, get, list, cancel, delete and results, as the API answers them.
 * Promises:  seeded; requests are checked after the batch was accepted; counts stay zero until all of
 *            it has ended; results come in another order than the requests; only what succeeded is
 *            billed, at half price; times follow the simulated clock.
 * Does not:  work in the background: a batch is brought up to the present when somebody looks.
 * Start at:  handle-batches.ts, then process-batch.ts.
 */
export { BATCHES_MAX, BatchBook } from "./batch-book.ts";
export { handleBatches, isBatchPath } from "./handle-batches.ts";
export { processDueBatches } from "./process-batch.ts";
