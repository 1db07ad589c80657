/**
 * The questions that every ledger engine answers, and the rows it answers with. Each engine has one
 * file per question, of the same name; one contract suite runs on all engines.
 */
import type { Instant, PicoUsd } from "../../../base/index.ts";

export const PLAIN_DIMENSIONS = [
  "model",
  "endpoint",
  "user",
  "user-type",
  "team",
  "key",
  "session",
  "hour",
  "hour-of-day",
  "day",
  "outcome",
  "client",
  "source",
] as const;
export type PlainDimension = (typeof PLAIN_DIMENSIONS)[number];
/** A dimension to group or filter by: a plain one, or `tag:NAME`. */
export type Dimension = PlainDimension | `tag:${string}`;

/** `dimension = value`; `null` asks for the rows where it is absent. Several are joined by "and". */
export type Filter = {
  readonly dimension: Dimension;
  readonly comparison: "is" | "is-not";
  readonly value: string | null;
};

export type Window = {
  /** Included; `null` is the beginning. By the time the exchange opened. */
  readonly since: Instant | null;
  /** Excluded; `null` is now. */
  readonly until: Instant | null;
};

export type SpendQuestion = Window & {
  readonly by: readonly Dimension[];
  readonly where: readonly Filter[];
  /** How many rows to return, dearest first; the rest is summed in `others`. */
  readonly top: number | null;
};

/** Sums over a set of exchanges. Token counts are measured ones. */
export type SpendTotals = {
  readonly exchanges: number;
  /** Exchanges whose bill is measured, whole and final. */
  readonly measuredExchanges: number;
  readonly unpricedExchanges: number;
  readonly openExchanges: number;
  readonly inputTokens: bigint;
  readonly cacheWrite5mTokens: bigint;
  readonly cacheWrite1hTokens: bigint;
  readonly cacheReadTokens: bigint;
  readonly outputTokens: bigint;
  readonly inputAmount: PicoUsd;
  readonly cacheWriteAmount: PicoUsd;
  readonly cacheReadAmount: PicoUsd;
  readonly outputAmount: PicoUsd;
  readonly feeAmount: PicoUsd;
  /** The measured total: the five amounts above, exactly. */
  readonly measuredAmount: PicoUsd;
  /** Kept apart from the measured: remainders of cut streams, worst cases of lost exchanges. */
  readonly estimatedAmount: PicoUsd;
  readonly showbackAmount: PicoUsd;
};

export type SpendRow = {
  /** One value per dimension asked for, in order; `null` where the exchange has none. */
  readonly group: readonly (string | null)[];
  readonly totals: SpendTotals;
};

export type SpendAnswer = {
  readonly rows: readonly SpendRow[];
  /** What `top` cut off; `null` when nothing was. */
  readonly others: SpendTotals | null;
  /** Over everything that the window and the filters let through. */
  readonly total: SpendTotals;
  /** Whether the hourly rollups could answer, or raw rows were needed. */
  readonly source: "rollups" | "rows";
};

/** What each arm of an experiment cost, unit by unit. Time blocks begin at multiples of `blockMs`. */
export type ArmsQuestion = Window & {
  readonly blockMs: number;
  /** How much of the beginning of each block is told apart. */
  readonly earlyMs: number;
};

/** A part of one arm of one unit. Exchanges without a measured, final bill are left out. */
export type ArmRow = {
  /** As it was opened with. */
  readonly arm: string;
  /** Whether the client set cache markers of its own. */
  readonly marked: boolean;
  /** Whether it opened in the first `earlyMs` of its block. */
  readonly early: boolean;
  readonly exchanges: number;
  /** What the prompts cost: fresh input, cache writes and cache reads. */
  readonly promptAmount: PicoUsd;
  /** What they would have cost as fresh input, at the price of the same bill. */
  readonly uncachedAmount: PicoUsd;
};

/** By what charges can be told apart. `model` is the one asked for; `tags` is a whole set of them. */
export const CHARGE_ATTRIBUTES = [
  "key",
  "user",
  "userType",
  "team",
  "endpoint",
  "session",
  "model",
  "tags",
] as const;
export type ChargeAttribute = (typeof CHARGE_ATTRIBUTES)[number];

/** What calls hold a budget to: what they came to, and the worst case where that is not known. */
export type ChargesQuestion = {
  /** Included; `null` is the beginning. By the time the exchange opened. */
  readonly since: Instant | null;
  /** Only these tell rows apart; the others are `null` in every row. */
  readonly by: readonly ChargeAttribute[];
  /** Rows are cut at multiples of so many milliseconds; `null` cuts nothing. */
  readonly bucketMs: number | null;
  /** Exchanges opened from then on are told one by one, by their id; `null` tells none so. */
  readonly apartSince: Instant | null;
};

export type ChargeRow = {
  /** `null` in a row that sums several exchanges. */
  readonly exchange: string | null;
  /** When the first and the last of them opened. */
  readonly firstMs: Instant;
  readonly lastMs: Instant;
  readonly isOpen: boolean;
  readonly subject: {
    readonly key: string | null;
    readonly user: string | null;
    readonly userType: string | null;
    readonly team: string | null;
    readonly endpoint: string | null;
    readonly session: string | null;
    readonly model: string | null;
    readonly tags: Readonly<Record<string, string>>;
  };
  /** Calls that are charged, or may be. */
  readonly calls: bigint;
  /** A final bill where there is one, else the worst case; of those that have either. */
  readonly usd: PicoUsd;
  readonly tokens: bigint;
  /** Calls with neither a final bill nor a worst case. */
  readonly callsWithoutUsd: bigint;
  readonly callsWithoutTokens: bigint;
};

/**
 * What the provider should have billed on a UTC day, by what its reports can tell apart: lines of
 * bills, tokens of calls without a price (no amount), and, with `item` null, estimates.
 */
export type BilledUsageRow = {
  /** Days since 1970 UTC, by when the exchange opened. */
  readonly day: number;
  /** Read from elsewhere: it did not pass through the gateway. */
  readonly imported: boolean;
  readonly model: string | null;
  readonly serviceTier: string | null;
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
  /** As in a bill's line. */
  readonly item: string | null;
  readonly quantity: bigint;
  readonly amount: PicoUsd;
  readonly unpricedExchanges: number;
  /** Exchanges with a part that nobody measured, and that part. */
  readonly estimatedExchanges: number;
  readonly estimatedInputTokens: bigint;
  readonly estimatedOutputTokens: bigint;
  readonly estimatedAmount: PicoUsd;
};

/** What a series may count in each slot. Amounts are picodollars; what is unfinished did not complete. */
export const SERIES_MEASURES = [
  "exchanges",
  "unfinished-exchanges",
  "input-tokens",
  "cache-write-tokens",
  "cache-read-tokens",
  "output-tokens",
  "measured-amount",
  "estimated-amount",
  "unfinished-amount",
] as const;
export type SeriesMeasure = (typeof SERIES_MEASURES)[number];

/** Sums over whole hours or days, for each of the dearest groups; the other groups are one. */
export type SeriesQuestion = {
  /** Included and excluded; whole slots. */
  readonly since: Instant;
  readonly until: Instant;
  readonly slot: "hour" | "day";
  readonly by: readonly Dimension[];
  readonly where: readonly Filter[];
  readonly measures: readonly SeriesMeasure[];
  readonly groupsMax: number;
};

/** A slot in which a group had traffic. Slots without any are left out. */
export type SeriesRow = {
  /** Place in `groups`; `null` for all that are not among them. */
  readonly group: number | null;
  /** Hours or days since 1970 UTC. */
  readonly slot: number;
  /** In the order of the measures asked for. */
  readonly values: readonly bigint[];
};

export type SeriesAnswer = {
  /** Dearest first: one value per dimension asked for. */
  readonly groups: readonly (readonly (string | null)[])[];
  readonly rows: readonly SeriesRow[];
  readonly source: "rollups" | "rows";
};
