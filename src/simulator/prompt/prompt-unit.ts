/** A request as the prompt cache sees it: units in the order tools, system, messages. */
export type PromptSection = "tools" | "system" | "messages";

export type CacheMarker = {
  readonly lifetime: "5m" | "1h";
  /** Set by the top-level `cache_control`, not by the block itself. */
  readonly automatic: boolean;
};

/** One block, before the prefix is hashed. */
export type UnhashedUnit = {
  readonly section: PromptSection;
  /** `tool`, or the block's own `type`. */
  readonly kind: string;
  /** Everything about the block that the model reads; part of the key. */
  readonly key: string;
  readonly tokens: number;
  readonly marker: CacheMarker | null;
  /** Whether a marker may stand on it. */
  readonly markable: boolean;
};

export type PromptUnit = UnhashedUnit & {
  /** Runs of `tool_use` and runs of `tool_result` share one position ("lookback"). */
  readonly position: number;
  /** Prompt tokens up to and including this unit. */
  readonly endTokens: number;
  /** Hash of everything up to and including this unit. */
  readonly prefixHash: string;
};

export type RenderedPrompt = {
  readonly units: readonly PromptUnit[];
  readonly promptTokens: number;
};
