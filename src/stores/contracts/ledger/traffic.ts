/** Billed exchanges in columns, so that a million of them can be looked at one after another. */

/** What many exchanges have in common, said once. */
export type TrafficProfile = {
  readonly endpoint: string | null;
  readonly modelAsked: string | null;
  readonly modelServed: string | null;
  readonly key: string | null;
  readonly team: string | null;
  readonly userType: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly serviceTier: string | null;
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
  readonly effort: string | null;
  /** Whether more than one sampling or a refusal is billed: usage alone does not say the price. */
  readonly composite: boolean;
};

/** Some exchanges, oldest first. One entry a column for each. */
export type TrafficBatch = {
  readonly rows: number;
  readonly openedMs: Float64Array;
  readonly inputTokens: Float64Array;
  readonly cacheWrite5mTokens: Float64Array;
  readonly cacheWrite1hTokens: Float64Array;
  readonly cacheReadTokens: Float64Array;
  readonly outputTokens: Float64Array;
  readonly webSearches: Float64Array;
  /** The measured amount in whole picodollars. */
  readonly amount: BigInt64Array;
  /** Index into `profiles`. */
  readonly profile: Int32Array;
  readonly profiles: readonly TrafficProfile[];
};

export type TrafficCounts = {
  /** Exchanges with a measured, final bill: those that batches hold. */
  readonly billed: number;
  /** The others: open, failed, refused, lost, cut short, without a price. */
  readonly withoutBill: number;
};
