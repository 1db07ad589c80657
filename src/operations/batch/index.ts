/**
 * batch: files of requests as batches, at half price, through a gateway that runs.
 *
 * Answers:   which jobs there are, how their batches stand, what they cost so far, their results.
 * Promises:  files larger than memory; a part is sent once as far as the API permits; results of a part
 *            are written whole or not at all.
 * Does not:  keep any text, or the key that it sends.
 * Start at:  batch-submit.ts, then batch-results.ts.
 */
export { batchCancel } from "./batch-cancel.ts";
export { batchList } from "./batch-list.ts";
export { batchResults } from "./batch-results.ts";
export { batchSubmit } from "./batch-submit.ts";
export { batchWatch } from "./batch-watch.ts";
