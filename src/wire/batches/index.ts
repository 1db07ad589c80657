/**
 * wire/batches: the Message Batches API's shapes, in.
 *
 * Answers:   the requests of a batch one by one as its bytes pass; what a batch object says; the
 *            results line by line.
 * Promises:  bounded memory whatever the size of a batch; the same requests and lines however the
 *            bytes are cut; what cannot be read is said, never guessed.
 * Does not:  write the wire, forward bytes, know what a request or a message means (wire/messages).
 * Start at:  batch-requests-scanner.ts, then result-line.ts and batch-object.ts.
 */

export { type BatchItem, type BatchItemReading, readBatchItem } from "./batch-item.ts";
export { type BatchObject, type BatchObjectReading, readBatchObject } from "./batch-object.ts";
export {
  type BatchRequestsScanner,
  type BatchScanEnd,
  createBatchRequestsScanner,
} from "./batch-requests-scanner.ts";
export { BATCH_BODY_BYTES_MAX, BATCH_REQUESTS_MAX, CUSTOM_ID_PATTERN } from "./limits.ts";
export { createLineSplitter, type LineSplitter } from "./line-splitter.ts";
export { type BatchResult, type BatchResultReading, readResultLine } from "./result-line.ts";
export { findResultsUrl, type ResultsUrlPlace } from "./results-url.ts";
