/** Places a prompt in the prefix tree, and keeps only what is new since its nearest known ancestor. */
import type { PrefixIndex } from "./prefix-index.ts";
import type {
  BlockFingerprint,
  CacheMarker,
  PrefixNode,
  PromptBlock,
  PromptPath,
  StoredBlock,
} from "./prompt-block.ts";

/** Keyed fingerprint of a block's content. */
export type Fingerprint = (block: PromptBlock) => BlockFingerprint;
/** The node of a prefix: its parent's node and the block that comes after it. */
export type Chain = (parent: PrefixNode | null, block: StoredBlock) => PrefixNode;

export type PathQuestion = {
  readonly blocks: readonly PromptBlock[];
  readonly automaticMarker: "5m" | "1h" | null;
  readonly fingerprint: Fingerprint;
  readonly chain: Chain;
  /** Nodes at which earlier paths ended. */
  readonly known: PrefixIndex;
};

/**
 * The path of a prompt; `null` for a prompt without blocks. It does not touch the index: remember
 * `path.node` once the path has been written down, so that a parent can always be found.
 */
export function pathOf(question: PathQuestion): PromptPath | null {
  const stored = question.blocks.map((block) => storedBlock(block, question.fingerprint));
  const nodes: PrefixNode[] = [];
  let node: PrefixNode | null = null;
  for (const block of stored) {
    node = question.chain(node, block);
    nodes.push(node);
  }
  if (node === null) return null;
  const parentDepth = deepestKnown(nodes, question.known);
  return {
    node,
    parent: nodes[parentDepth - 1] ?? null,
    depth: nodes.length,
    parentDepth,
    blocks: stored.slice(parentDepth),
    markers: markersOf(question.blocks),
    automaticMarker: question.automaticMarker,
  };
}

/** How many blocks from the root the nearest known node covers; the whole prompt may be known. */
function deepestKnown(nodes: readonly PrefixNode[], known: PrefixIndex): number {
  for (let depth = nodes.length; depth > 0; depth -= 1) {
    const node = nodes[depth - 1];
    if (node !== undefined && known.has(node)) return depth;
  }
  return 0;
}

function storedBlock(block: PromptBlock, fingerprint: Fingerprint): StoredBlock {
  return {
    fingerprint: fingerprint(block),
    section: block.section,
    type: block.type,
    role: block.role,
    bytes: block.bytes,
  };
}

function markersOf(blocks: readonly PromptBlock[]): readonly CacheMarker[] {
  const markers: CacheMarker[] = [];
  blocks.forEach(({ cacheLifetime }, position) => {
    if (cacheLifetime !== null) markers.push({ position, lifetime: cacheLifetime });
  });
  return markers;
}
