/** The levers of a what-if: what one policy changes about the calls that it fits. */
import type { Catalogue, ModelFacts } from "../../catalogue/index.ts";
import type { CallFacts } from "../../policy/index.ts";
import type { Effort } from "../effort-index.ts";
import type { Ratio } from "../exact-scale.ts";

export const CACHE_NAMES = ["as-sent", "none", "5m", "1h", "automatic", "purser"] as const;
export type CacheName = (typeof CACHE_NAMES)[number];

/** A figure with its ends; all three are equal where it is known. */
export type Uncertain = { readonly low: number; readonly likely: number; readonly high: number };

export type Lever =
  | {
      readonly kind: "route";
      readonly model: ModelFacts;
      /** Length of the new model's answers over that of the old one's, tokenizers apart. */
      readonly outputRatio: Uncertain;
    }
  /** In a batch; of what the cache served, so much is still read. */
  | { readonly kind: "defer"; readonly cacheHits: Uncertain }
  | { readonly kind: "cap"; readonly outputTokensMax: number }
  | { readonly kind: "effort"; readonly effort: Effort }
  | { readonly kind: "trim-tools"; readonly drop: "all" | ReadonlySet<string> }
  | { readonly kind: "trim-history"; readonly turnsMax: number }
  | { readonly kind: "cache"; readonly rule: CacheName }
  | { readonly kind: "prices"; readonly catalogue: Catalogue }
  | { readonly kind: "volume"; readonly factor: Ratio };
export type LeverKind = Lever["kind"];

export type Step = {
  readonly name: string;
  readonly lever: Lever;
  readonly fits: (call: CallFacts) => boolean;
};

/** Levers that change what a prompt holds or how it is marked: they need the prompts. */
export function needsPrompts({ lever }: Step): boolean {
  return lever.kind === "cache" || lever.kind === "trim-tools" || lever.kind === "trim-history";
}

/**
 * Of one lever the first policy that fits a call decides, as in the gateway. What is done to the world
 * (prices, volume) and trimming add up.
 */
export const ADDS_UP: ReadonlySet<LeverKind> = new Set([
  "prices",
  "volume",
  "trim-tools",
  "trim-history",
]);
