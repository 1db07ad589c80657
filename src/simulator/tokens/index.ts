/**
 * simulator/tokens: how many tokens a text, an image or a document is.
 *
 * Answers:   the token count of one piece of content, by tokenizer and image tier.
 * Promises:  deterministic; the same count in count_tokens, in usage and on the bill.
 * Does not:  equal the real tokenizer; see the simulator's reference page for how far off it may be.
 * Start at:  count-text.ts.
 */
export {
  countDocument,
  countImage,
  type MediaTier,
  PDF_TEXT_TOKENS_PER_PAGE,
  tokensOfPixels,
  UNSEEN_IMAGE_TOKENS,
} from "./count-media.ts";
export { countText, type Tokenizer } from "./count-text.ts";
