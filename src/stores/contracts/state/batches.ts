/**
 * What must be remembered of a batch between the call that creates it and its results, a day or a
 * month later: whose it is, and which exchange in the ledger each of its requests is. No text.
 */
import type { CallId, ExchangeId, Instant } from "../../../base/index.ts";
import type { Attributes, WorstCase } from "../ledger/entry.ts";

export type BatchRecord = {
  /** Ours, of the call that created the batch. */
  readonly creation: CallId;
  /** The provider's `msgbatch_…`; `null` until an answer named it. */
  readonly batch: string | null;
  readonly createdAt: Instant;
  /** Of the call that created it. */
  readonly attributes: Attributes;
};

export type BatchItemRecord = {
  readonly customId: string;
  readonly exchange: ExchangeId;
  readonly modelAsked: string | null;
  readonly maxTokens: number | null;
  /** `metadata.user_id` may differ from request to request. */
  readonly user: string | null;
  readonly worstCase: WorstCase;
};

export type BatchItemState = BatchItemRecord & {
  /** Whether its result is in the ledger. */
  readonly booked: boolean;
};

/**
 * Changes have been handed to the operating system once they resolve.
 *
 * Errors: `STATE_*`.
 */
export type BatchStore = {
  /** Before any byte of the call is forwarded. */
  readonly begin: (record: BatchRecord) => Promise<void>;
  /** Ids that the creation has already are left as they are. */
  readonly addItems: (creation: CallId, items: readonly BatchItemRecord[]) => Promise<void>;
  readonly name: (creation: CallId, batch: string) => Promise<void>;
  /** The provider made no batch. */
  readonly forget: (creation: CallId) => Promise<void>;
  readonly findCreation: (creation: CallId) => Promise<BatchRecord | null>;
  readonly find: (batch: string) => Promise<BatchRecord | null>;
  readonly items: (
    creation: CallId,
    customIds: readonly string[],
  ) => Promise<ReadonlyMap<string, BatchItemState>>;
  /** All requests of a creation. */
  readonly allItems: (creation: CallId) => Promise<readonly BatchItemState[]>;
  /** Creations without an answer, oldest first, with the number of their requests. */
  readonly unnamed: (limit: number) => Promise<readonly UnbookedBatch[]>;
  /** A creation of `key` whose answer was lost, and which has a request of this id; the newest. */
  readonly findUnnamed: (key: string | null, customId: string) => Promise<BatchRecord | null>;
  readonly booked: (creation: CallId, customIds: readonly string[]) => Promise<void>;
  /** Batches that have requests without a result in the ledger, oldest first. */
  readonly unbooked: (limit: number) => Promise<readonly UnbookedBatch[]>;
  /** Results are kept by the provider for 29 days; what is older can be let go. */
  readonly removeBefore: (createdAt: Instant) => Promise<void>;
};

export type UnbookedBatch = { readonly record: BatchRecord; readonly items: number };
