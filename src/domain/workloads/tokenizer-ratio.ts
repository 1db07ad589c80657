/**
 * How many tokens the same text is in another tokenizer. The provider says "about 30% more" of the newer
 * one, depending on content ("Tokenizer"), so a converted count is an estimate and has a range.
 */
import type { TokenizerFamily } from "../catalogue/index.ts";

type Ratio = { readonly likely: number; readonly low: number; readonly high: number };

/** Relative to the tokenizer of Claude 3 to 4.6. */
const TOKENS: Readonly<Record<TokenizerFamily, Ratio>> = {
  "claude-2": { likely: 0.95, low: 0.9, high: 1 },
  "claude-3": { likely: 1, low: 1, high: 1 },
  "claude-4.7": { likely: 1.3, low: 1.2, high: 1.4 },
};

/** Tokens in `to` for each token in `from`; 1 where they are the same. */
export function tokenizerRatio(from: TokenizerFamily, to: TokenizerFamily): Ratio {
  if (from === to) return { likely: 1, low: 1, high: 1 };
  const source = TOKENS[from];
  const target = TOKENS[to];
  return {
    likely: target.likely / source.likely,
    low: target.low / source.high,
    high: target.high / source.low,
  };
}

/** `tokens` in another tokenizer, whole. */
export function convertTokens(tokens: number, ratio: number): number {
  return ratio === 1 ? tokens : Math.round(tokens * ratio);
}
