/**
 * prompt: a request as an ordered list of blocks.
 *
 * Answers:   which blocks a prompt has, how large, of which kind, and where it stands in the prefix tree;
 *            about how many tokens it is, and how many at most.
 * Promises:  keeps no text: a keyed fingerprint, a size and a kind. The hash function comes in as a value.
 * Does not:  parse the wire (that is wire/messages), count tokens exactly, predict the cache.
 * Start at:  prompt-block.ts, then path-of.ts.
 */
export { type Chain, type Fingerprint, type PathQuestion, pathOf } from "./path-of.ts";
export { createPrefixIndex, PREFIX_NODES_MAX, type PrefixIndex } from "./prefix-index.ts";
export type {
  BlockFingerprint,
  BlockSection,
  CacheMarker,
  ContentParts,
  PrefixNode,
  PromptBlock,
  PromptPath,
  StoredBlock,
} from "./prompt-block.ts";
export {
  type EstimableBlock,
  estimateBlockTokens,
  estimatePromptTokens,
  estimateTextTokens,
  type TokenEstimate,
} from "./token-estimate.ts";
