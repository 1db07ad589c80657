/** A call as some other program recorded it, before it is priced. */
import type { Instant, JsonObject, PicoUsd } from "../../../base/index.ts";
import type { ImportSource } from "../../../stores/contracts/index.ts";

export type ImportedCall = {
  readonly source: ImportSource;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** As the record spells it. */
  readonly model: string;
  readonly modelAsked: string | null;
  /** The provider's `msg_…`. */
  readonly messageId: string | null;
  /** The provider's `req_…`. */
  readonly requestId: string | null;
  /** What the source calls it, where the provider's names are unknown; `null` where it has no name. */
  readonly recordId: string | null;
  /** In the shape of the Messages API's `usage`. */
  readonly usage: JsonObject;
  /** Whether the tokens are somebody's own count of traffic that was no call of this API. */
  readonly isEstimate: boolean;
  readonly stopReason: string | null;
  readonly stream: boolean;
  readonly labels: CallLabels;
  /** What the source says it cost; compared, never taken. */
  readonly recordedAmount: PicoUsd | null;
};

export type CallLabels = {
  /** A key, or what stands for one; only its fingerprint is kept. */
  readonly credential: string | null;
  readonly user: string | null;
  readonly team: string | null;
  readonly endpoint: string | null;
  readonly session: string | null;
  readonly client: string | null;
  readonly tags: Readonly<Record<string, string>>;
};

export const NO_LABELS: CallLabels = {
  credential: null,
  user: null,
  team: null,
  endpoint: null,
  session: null,
  client: null,
  tags: {},
};

/** What a reader found at a line. */
export type Finding =
  | { readonly kind: "call"; readonly line: number; readonly call: ImportedCall }
  /** What is well and good and no call: a user's line, a sum, an answer from a cache of its own. */
  | { readonly kind: "no-call"; readonly line: number; readonly why: string }
  /** What should have been a call, or cannot be read. */
  | { readonly kind: "problem"; readonly line: number; readonly what: string };

/** Reads the records of one file, one after the other. */
export type CallReader = (path: string) => AsyncIterable<Finding>;
