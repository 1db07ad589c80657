/**
 * Calls that wait for a batch, from the moment they are accepted to the moment their answer is
 * fetched. Requests and answers are sealed by whoever uses the store, and let go as soon as they are
 * not needed any more.
 */
import type { CallId, Instant } from "../../../base/index.ts";
import type { Attributes, WorstCase } from "../ledger/entry.ts";

/**
 * - `waiting`: for the next batch.
 * - `sending`: in a batch whose creation has not been answered yet.
 * - `submitted`: in a batch that the provider has.
 * - `answered`, `canceled`: over; nothing changes any more.
 */
export type DeferredState = "waiting" | "sending" | "submitted" | "answered" | "canceled";

export type DeferredCall = {
  readonly id: CallId;
  /** Of the virtual key that made the call: nobody else may ask for its answer. */
  readonly key: string;
  readonly attributes: Attributes;
  readonly receivedAt: Instant;
  readonly deadlineAt: Instant;
  readonly apiVersion: string | null;
  readonly betas: readonly string[];
  /** What calls must share to stand side by side in a batch, for the sake of the cache. */
  readonly prefix: string;
  readonly bodyBytes: number;
  readonly model: string | null;
  /** At batch price, and as a call in real time: both are set aside while it waits. */
  readonly worstInBatch: WorstCase;
  readonly worstInRealTime: WorstCase;
  /** By which a client's retry is known as the same call; `null` when it cannot be. */
  readonly identity: string | null;
  /** Where the answer is to be sent; `null` when it is fetched. */
  readonly webhook: string | null;
};

export type DeferredAnswer = {
  readonly at: Instant;
  readonly status: number;
  /** `batch`, or `real-time` when the batch would not have made the deadline. */
  readonly by: "batch" | "real-time" | "purser";
  /** Sealed. */
  readonly body: Uint8Array;
};

export type DeferredStatus = DeferredCall & {
  readonly state: DeferredState;
  readonly creation: CallId | null;
  /** Whether a call in real time has been begun for it; at most one ever is. */
  readonly fellBack: boolean;
  readonly answer: Omit<DeferredAnswer, "body"> | null;
  /** Whether the answer has been taken by the webhook's receiver. */
  readonly delivered: boolean;
};

export type NewDeferredCall = DeferredCall & {
  /** The request, sealed. */
  readonly body: Uint8Array;
};

/** Changes are on the disk once they resolve. Errors: `STATE_*`. */
export type DeferredStore = {
  readonly add: (calls: readonly NewDeferredCall[]) => Promise<void>;
  readonly find: (id: CallId) => Promise<DeferredStatus | null>;
  readonly findByIdentity: (key: string, identity: string) => Promise<DeferredStatus | null>;
  /** In the order in which they came. */
  readonly inState: (state: DeferredState, limit: number) => Promise<readonly DeferredStatus[]>;
  /** Not over, with a deadline before `before`; the most pressing first. */
  readonly pressing: (before: Instant, limit: number) => Promise<readonly DeferredStatus[]>;
  readonly ofCreation: (creation: CallId) => Promise<readonly DeferredStatus[]>;
  /** The sealed requests, where they are still kept. */
  readonly bodies: (ids: readonly CallId[]) => Promise<ReadonlyMap<CallId, Uint8Array>>;
  /** From `waiting` to `sending`; the ids that were still waiting. */
  readonly send: (ids: readonly CallId[], creation: CallId) => Promise<readonly CallId[]>;
  readonly submitted: (creation: CallId) => Promise<void>;
  /** Back to `waiting`: what the creation had is in no batch. */
  readonly release: (creation: CallId) => Promise<void>;
  readonly releaseOne: (id: CallId) => Promise<void>;
  /** True for whoever is first, and only then is a call in real time to be made. */
  readonly fallBack: (id: CallId) => Promise<boolean>;
  /** The first answer stands; true when this was it. The request is let go. */
  readonly answer: (id: CallId, answer: DeferredAnswer) => Promise<boolean>;
  readonly answerBody: (id: CallId) => Promise<Uint8Array | null>;
  readonly delivered: (id: CallId) => Promise<void>;
  /** `false` when it was over already. */
  readonly cancel: (id: CallId) => Promise<boolean>;
  readonly counts: () => Promise<DeferredCounts>;
  /** Lets go of what was over before then. */
  readonly removeBefore: (endedAt: Instant) => Promise<void>;
};

export type DeferredCounts = {
  readonly byState: Readonly<Record<DeferredState, number>>;
  /** Bytes of the requests that are kept. */
  readonly bodyBytes: number;
};
