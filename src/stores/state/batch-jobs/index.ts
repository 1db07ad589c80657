/**
 * batch-jobs: files of requests that a command line split into batches, in the state store.
 *
 * Answers:   which parts a job has, which batch each is, where their results went.
 * Promises:  a part is sent by one process at a time.
 * Does not:  hold any text of a request or a result.
 * Start at:  batch-job-store.ts.
 */
export { openBatchJobStore } from "./batch-job-store.ts";
