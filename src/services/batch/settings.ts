/** What the operator may set of deferral. Every limit has a name here and nowhere else. */
export type BatchSettings = {
  /** How long the first call of a batch waits for others. */
  readonly gatherMs: number;
  /** How often the provider is asked how batches stand. */
  readonly pollMs: number;
  /** A call that is not answered so long before its deadline is made in real time. */
  readonly realTimeBeforeMs: number;
  /** Calls in real time at once. */
  readonly realTimeCallsMax: number;
  /** Calls that may wait at once, in the queue and in batches. */
  readonly callsMax: number;
  /** Bytes of their requests. */
  readonly bodyBytesMax: number;
  /** Requests and bytes of one batch ("message batches: limits"). */
  readonly batchRequestsMax: number;
  readonly batchBytesMax: number;
  /** Batches that are under way at once. */
  readonly batchesMax: number;
  /** Calls with the same one-hour prefix from which on one goes ahead to write it. */
  readonly primedCallsMin: number;
  /** How long a creation without an answer is looked for in the list of batches. */
  readonly unsureMs: number;
  /** How long an answer is kept after it came. */
  readonly answerKeptMs: number;
};

const MINUTE_MS = 60_000;
const MEBIBYTE = 1024 * 1024;

export const DEFAULT_BATCH_SETTINGS: BatchSettings = {
  gatherMs: MINUTE_MS,
  pollMs: 30_000,
  realTimeBeforeMs: 5 * MINUTE_MS,
  realTimeCallsMax: 16,
  callsMax: 500_000,
  bodyBytesMax: 4_096 * MEBIBYTE,
  batchRequestsMax: 100_000,
  // Below the provider's 256 MB, which may mean millions.
  batchBytesMax: 240_000_000,
  batchesMax: 200,
  primedCallsMin: 10,
  unsureMs: 2 * MINUTE_MS,
  answerKeptMs: 7 * 24 * 60 * MINUTE_MS,
};
