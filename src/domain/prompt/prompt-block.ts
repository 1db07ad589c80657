/**
 * A request seen as the provider's prompt cache sees it: an ordered list of blocks, in the order
 * tools, system, messages. Text stays with the caller; a block keeps its size, kind and fingerprint.
 */
import type { Brand } from "../../base/index.ts";

/** A keyed fingerprint of one block's content, 32 hex characters. */
export type BlockFingerprint = Brand<string, "BlockFingerprint">;
/** The fingerprint of a whole prefix: this block and all before it. A node of the prefix tree. */
export type PrefixNode = Brand<string, "PrefixNode">;

export type BlockSection = "tools" | "system" | "messages";

/** A block as the wire decoder sees it, with its content; lives in memory only. */
export type PromptBlock = {
  readonly section: BlockSection;
  /** The wire's own `type` (`text`, `image`, `tool_use`, …), `tool` for a tool definition. */
  readonly type: string;
  /** The role of the message it stands in; `null` outside messages. */
  readonly role: "user" | "assistant" | "system" | null;
  /** Which message it stands in; `null` outside messages. */
  readonly messageIndex: number | null;
  /** Canonical JSON of the block without `cache_control`. */
  readonly content: string;
  /** UTF-8 bytes of `content`. */
  readonly bytes: number;
  /** The same content where most of it is at hand as bytes; reading these spares making `content`. */
  readonly contentParts?: ContentParts;
  readonly cacheLifetime: "5m" | "1h" | null;
};

/** ASCII, then UTF-8 bytes, then ASCII. */
export type ContentParts = {
  readonly before: string;
  readonly utf8: Uint8Array;
  readonly behind: string;
};

/** What the ledger keeps of a block. */
export type StoredBlock = {
  readonly fingerprint: BlockFingerprint;
  readonly section: BlockSection;
  readonly type: string;
  readonly role: "user" | "assistant" | "system" | null;
  readonly bytes: number;
};

/** A cache marker of one request: the block it stands on and its lifetime. */
export type CacheMarker = { readonly position: number; readonly lifetime: "5m" | "1h" };

/**
 * A prompt as a path in the prefix tree. `blocks` holds only those after `parent`, so that a long
 * session grows by what each turn adds. The whole path is found by following `parent`.
 */
export type PromptPath = {
  readonly node: PrefixNode;
  readonly parent: PrefixNode | null;
  /** Number of blocks from the root to `node`. */
  readonly depth: number;
  /** Blocks from the root to `parent`; `depth - parentDepth` is `blocks.length`. */
  readonly parentDepth: number;
  readonly blocks: readonly StoredBlock[];
  readonly markers: readonly CacheMarker[];
  /** Whether the API's own top-level `cache_control` is set, and its lifetime. */
  readonly automaticMarker: "5m" | "1h" | null;
};
