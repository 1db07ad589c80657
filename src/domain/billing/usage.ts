/**
 * What the provider says a call used, in our own words. Decoders in `wire/messages` make it from the
 * Messages API's `usage`; nothing else in Purser reads the wire shape.
 */
import type { TokenCount } from "../../base/index.ts";

/** The token classes of one sampling. `thinking` is already inside `output`. */
export type TokenUsage = {
  readonly inputTokens: TokenCount;
  readonly cacheWrite5mTokens: TokenCount;
  readonly cacheWrite1hTokens: TokenCount;
  readonly cacheReadTokens: TokenCount;
  readonly outputTokens: TokenCount;
  readonly thinkingTokens: TokenCount | null;
};

/** One entry of `usage.iterations`: the billing record where betas sample more than once. */
export type UsageIteration = TokenUsage & {
  readonly kind: "message" | "compaction" | "advisor_message" | "fallback_message";
  /** The model that sampled; `null` means the model of the response. */
  readonly model: string | null;
};

export type Usage = TokenUsage & {
  /** `"standard"`, `"batch"`, `"priority"` or a newer word; `null` when not reported. */
  readonly serviceTier: string | null;
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
  readonly webSearchRequests: number;
  readonly webFetchRequests: number;
  readonly iterations: readonly UsageIteration[] | null;
  /** Paths of fields with a value that could cost money and that we do not know. */
  readonly unknownFields: readonly string[];
};
