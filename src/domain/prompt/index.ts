/**
 * prompt: a request as an ordered list of blocks.
 *
 * Answers:   which blocks a prompt has, how large, of which kind, and where it stands in the prefix tree.
 * Promises:  keeps no text: a keyed fingerprint, a size and a kind. The hash function comes in as a value.
 * Does not:  parse the wire (that is wire/messages), count tokens exactly, predict the cache.
 * Start at:  prompt-block.ts.
 */
export type {
  BlockFingerprint,
  BlockSection,
  CacheMarker,
  PrefixNode,
  PromptBlock,
  PromptPath,
  StoredBlock,
} from "./prompt-block.ts";
