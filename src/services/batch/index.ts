/**
 * batch: calls that can wait go into Message Batches, at half price.
 *
 * Answers:   whether a call was accepted, how it stands, what its answer was.
 * Promises:  an accepted call is on the disk before its client hears of it; it ends once, with an
 *            answer or a clear error; near its deadline it is made in real time, at most once; nothing
 *            is submitted twice as far as the API permits.
 * Does not:  listen on a port (services/gateway), keep a client's own credential, read a prompt.
 * Start at:  deferral-desk.ts, then submit-calls.ts, collect-results.ts and fall-back.ts.
 */

export { type BatchService, type BatchServiceOptions, openBatchService } from "./batch-service.ts";
export type { AcceptOutcome, DeferralDesk, OfferedCall, WaitOutcome } from "./deferral-desk.ts";
export { type FetchedResults, fetchResults } from "./jobs/fetch-results.ts";
export {
  type BadLine,
  PART_LIMITS,
  type PartLimits,
  type PartsPlan,
  planParts,
} from "./jobs/plan-parts.ts";
export { JOB_TAG, type JobContext, submitJob } from "./jobs/submit-job.ts";
export { type BatchSettings, DEFAULT_BATCH_SETTINGS } from "./settings.ts";
export { connectUpstreamCalls, type UpstreamCalls } from "./upstream-calls.ts";
