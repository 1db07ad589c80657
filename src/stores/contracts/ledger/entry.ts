/**
 * What the ledger is told of an exchange, twice: when it opens (before it is forwarded) and when it
 * settles (before the last bytes of the answer leave). Entries are never changed; a correction is a
 * new entry that names the old. Measured and estimated amounts stand apart.
 */
import type {
  CallId,
  EstimatedTokenCount,
  ExchangeId,
  Instant,
  JsonObject,
  PicoUsd,
} from "../../../base/index.ts";
import type { BillLine, Usage } from "../../../domain/billing/index.ts";
import type { PromptPath } from "../../../domain/prompt/index.ts";
import type { PrefixBreak } from "../../../domain/prompt-cache/index.ts";

/** Who and what a call belongs to. Every field is bounded by the gateway before it gets here. */
export type Attributes = {
  /** Keyed fingerprint of the API key or bearer token; never the key. */
  readonly key: string | null;
  readonly user: string | null;
  readonly userType: string | null;
  readonly team: string | null;
  /** The caller's name for the feature, from `x-purser-endpoint`. */
  readonly endpoint: string | null;
  readonly session: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Product name and version of the caller, from the user agent. */
  readonly client: string | null;
};

/** Which rules were in force; enough to decide the same again. */
export type Versions = {
  readonly purser: string;
  readonly config: string;
  readonly prices: string;
  readonly policy: string;
};

/** Settings of a request, besides its blocks, that decide caching and price. */
export type RequestSettings = {
  readonly apiVersion: string | null;
  readonly betas: readonly string[];
  readonly serviceTier: string | null;
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
  readonly thinking: string | null;
  readonly effort: string | null;
  readonly toolChoice: string | null;
  readonly hasImages: boolean;
};

/** The most that a call can cost, reckoned before it is forwarded. An estimate, marked so. */
export type WorstCase = {
  readonly inputTokens: EstimatedTokenCount;
  /** `max_tokens`; `null` when the call has no bound. */
  readonly outputTokens: EstimatedTokenCount | null;
  /** `null` when the model has no price or the call has no bound. */
  readonly amount: PicoUsd | null;
};

/**
 * Where calls that the gateway did not carry were read from. The first that knows a call stands for
 * it: transcripts keep the provider's own usage, whole; the others keep less of it.
 */
export const IMPORT_SOURCES = ["claude-code", "litellm", "otel", "csv", "trace"] as const;
export type ImportSource = (typeof IMPORT_SOURCES)[number];

export type ImportOrigin = {
  readonly source: ImportSource;
  /**
   * Which of two records of one call stands: the greater text. It begins with the precedence of the
   * source and depends on nothing but the record, so that the order of imports does not matter.
   */
  readonly rank: string;
};

export type OpenedEntry = {
  readonly kind: "opened";
  readonly exchange: ExchangeId;
  readonly call: CallId;
  readonly at: Instant;
  readonly path: string;
  readonly modelAsked: string | null;
  readonly stream: boolean;
  readonly maxTokens: number | null;
  readonly requestBytes: number;
  readonly attributes: Attributes;
  readonly settings: RequestSettings;
  /** `null` when the body could not be read as a Messages request. */
  readonly prompt: PromptPath | null;
  /** Where the prompt left the one before it of its lineage, without text; `null` when it did not. */
  readonly prefixBreak: PrefixBreak | null;
  readonly worstCase: WorstCase;
  readonly versions: Versions;
  /** What Purser decided for this call, in order; empty in `observe`. */
  readonly decisions: readonly string[];
  /** The hold-out arm, when an experiment runs. */
  readonly arm: string | null;
  /** Absent in what the gateway carried. */
  readonly imported?: ImportOrigin;
};

/**
 * How an exchange ended.
 *
 * - `completed`: the client was sent a whole, successful answer.
 * - `client-left`: the client went away first.
 * - `upstream-error`: a status of 400 or more, passed through.
 * - `stream-error`: an `error` event after status 200.
 * - `stream-cut`: the upstream closed before the answer was whole.
 * - `upstream-unreachable`: no answer at all.
 * - `timeout`: a time limit of ours ended it.
 * - `refused`: Purser answered itself and nothing was forwarded.
 * - `submitted`: in a batch that the provider has taken; its result has not been seen.
 * - `canceled`, `expired`: in a batch, and not served.
 * - `lost`: the process died between opening and settling; found after a restart.
 */
export const OUTCOMES = [
  "completed",
  "client-left",
  "upstream-error",
  "stream-error",
  "stream-cut",
  "upstream-unreachable",
  "timeout",
  "refused",
  "submitted",
  "canceled",
  "expired",
  "lost",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What was measured. `usage` is ours; `reported` is the provider's object as it came. */
export type MeasuredCharge = {
  readonly usage: Usage;
  readonly reported: JsonObject;
  readonly lines: readonly BillLine[];
  readonly total: PicoUsd;
  /** Whether the provider's final word was seen; false when the stream ended before it. */
  readonly final: boolean;
  readonly priceDate: string;
};

/** Usage that was reported and not billed. */
export type ReportedUsage = { readonly usage: Usage; readonly reported: JsonObject };

/** What the provider itself said of a cache miss, when it was asked ("prompt caching: diagnostics"). */
export type ReportedMiss = {
  /** Its own word: `system_changed`, `previous_message_not_found`, … */
  readonly reason: string;
  /** Its own estimate; `null` where it gives none. */
  readonly missedTokens: number | null;
};

/** What nobody measured: the remainder of a cut stream, the worst case of a lost exchange. */
export type EstimatedCharge = {
  readonly inputTokens: EstimatedTokenCount;
  readonly outputTokens: EstimatedTokenCount;
  readonly total: PicoUsd;
  /** How it was estimated, in a few words. */
  readonly basis: string;
};

export type SettledEntry = {
  readonly kind: "settled";
  readonly exchange: ExchangeId;
  readonly at: Instant;
  /** When the first byte of the answer was passed on; `null` when none was. */
  readonly firstByteAt: Instant | null;
  readonly outcome: Outcome;
  readonly httpStatus: number | null;
  /** The provider's `error.type`, or our own code when we refused. */
  readonly errorType: string | null;
  readonly modelServed: string | null;
  /** The provider's `msg_…`. */
  readonly messageId: string | null;
  /** The provider's `request-id` header. */
  readonly requestId: string | null;
  readonly stopReason: string | null;
  /** `null` when it was not asked, or saw no miss. */
  readonly reportedMiss: ReportedMiss | null;
  readonly responseBytes: number;
  readonly measured: MeasuredCharge | null;
  readonly estimated: EstimatedCharge | null;
  /**
   * Why there is no measured charge: `not-billed: WHY`, `unpriced: REASON` or `not-reported`. A
   * reason that begins with `unpriced` is counted in `unpricedExchanges`, and so is `not-reported`
   * where no estimate stands in.
   */
  readonly unbilledReason: string | null;
  /**
   * What the provider reported where there is no measured charge, so that a call without a price
   * can be priced later; `null` when it is in `measured`, or nothing was reported.
   */
  readonly unbilledUsage: ReportedUsage | null;
  /** What the customer is shown, when margins or own prices are configured. */
  readonly showback: PicoUsd | null;
};

/** A later and better figure for an exchange. The old entry stays; the newest correction counts. */
export type CorrectedEntry = Omit<SettledEntry, "kind"> & {
  readonly kind: "corrected";
  readonly reason: string;
};

export type LedgerEntry = OpenedEntry | SettledEntry | CorrectedEntry;
