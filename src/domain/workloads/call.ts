/** Calls in the abstract: what a design will make and what the ledger has seen, in one shape. */
import type { ModelFacts } from "../catalogue/index.ts";
import type { PromptPlace, TokensByClass } from "../prompt-cache/index.ts";

/** What a prompt consists of, as far as it can be told. */
export const PROMPT_PARTS = [
  "tools",
  "system",
  "documents",
  "retrieval",
  "history",
  "message",
] as const;
export type PromptPart = (typeof PROMPT_PARTS)[number];

/** A piece of a prompt; its key stands for the whole prompt up to and including it. */
export type Segment = PromptPlace & { readonly part: PromptPart };

/** What decides a price besides the model, as responses report it. */
export type PricedAs = {
  readonly serviceTier: string | null;
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
};

export const STANDARD_TIER: PricedAs = { serviceTier: null, speed: null, inferenceGeo: null };
export const BATCH_TIER: PricedAs = { serviceTier: "batch", speed: null, inferenceGeo: null };

/** What a call is billed by. Token counts are those of `model`'s own tokenizer. */
export type BillableCall = {
  readonly model: ModelFacts;
  readonly pricedAs: PricedAs;
  readonly tokens: TokensByClass;
  readonly outputTokens: number;
  readonly webSearches: number;
};

export function promptTokensOf({ read, write5m, write1h, input }: TokensByClass): number {
  return read + write5m + write1h + input;
}
