/**
 * What is known of a Claude model: dated facts, each with its source and the day it was checked.
 * Source: the provider's price pages and SDK, as gathered in docs/concepts/prices.md.
 */
import type { Brand, Instant, MicroUsdPerMtok } from "../../base/index.ts";

/** An id in canonical form: the provider's own, never an alias. */
export type ModelId = Brand<string, "ModelId">;

/** Token rates of one model, for one speed and one band of prompt length. */
export type TokenRates = {
  readonly input: MicroUsdPerMtok;
  readonly output: MicroUsdPerMtok;
  readonly cacheWrite5m: MicroUsdPerMtok | null;
  readonly cacheWrite1h: MicroUsdPerMtok | null;
  readonly cacheRead: MicroUsdPerMtok | null;
};

/** Rates that hold for prompts longer than `promptTokensOver`, on every token of the call. */
export type PriceStep = { readonly promptTokensOver: number; readonly rates: TokenRates };

/** A price that held from `from` (included) until `until` (excluded); `null` is still open. */
export type DatedPrice = {
  readonly from: Instant;
  readonly until: Instant | null;
  readonly standard: TokenRates;
  readonly steps: readonly PriceStep[];
  /** Rates under `speed: "fast"`; `null` where fast mode is not sold. */
  readonly fast: TokenRates | null;
  /** Whether Message Batches sell this model at half price in this period. */
  readonly batch: boolean;
  /** Whether `inference_geo: "us"` is sold, at eleven tenths of every token rate. */
  readonly inferenceGeoUs: boolean;
  readonly source: string;
  readonly checked: string;
};

export type TokenizerFamily = "claude-2" | "claude-3" | "claude-4.7";

export type ModelStatus = "active" | "deprecated" | "retired";

export type ModelFacts = {
  readonly id: ModelId;
  readonly aliases: readonly string[];
  /** Ids of the same model at Amazon Bedrock and Google Cloud. */
  readonly partnerIds: readonly string[];
  readonly displayName: string;
  readonly family: "fable" | "mythos" | "opus" | "sonnet" | "haiku" | "claude-2" | "custom";
  readonly released: string | null;
  /** The day it stops (or stopped) being served; `null` when none is announced. */
  readonly retires: string | null;
  readonly status: ModelStatus;
  readonly contextTokensMax: number;
  readonly outputTokensMax: number;
  /** Shortest prefix that the prompt cache keeps; `null` when unknown or when caching is not sold. */
  readonly minimumCacheableTokens: number | null;
  readonly tokenizer: TokenizerFamily;
  readonly prices: readonly DatedPrice[];
  readonly notes: readonly string[];
};
