/**
 * The nodes at which recently written paths ended. A path's parent is always such a node, so that the
 * blocks before it can be found by following parents. The least recently used is forgotten first.
 */
import { assert } from "../../base/index.ts";
import type { PrefixNode } from "./prompt-block.ts";

/** About 15 MB at the limit. A forgotten node costs a longer row, never a wrong one. */
export const PREFIX_NODES_MAX = 100_000;

export type PrefixIndex = {
  /** Whether the node is known; asking keeps it from being forgotten. */
  readonly has: (node: PrefixNode) => boolean;
  readonly remember: (node: PrefixNode) => void;
  readonly size: () => number;
};

export function createPrefixIndex(options: { readonly nodesMax?: number } = {}): PrefixIndex {
  const nodesMax = options.nodesMax ?? PREFIX_NODES_MAX;
  assert(nodesMax > 0, "a prefix index keeps at least one node");
  const nodes = new Set<PrefixNode>();
  let newest: PrefixNode | null = null;
  const touch = (node: PrefixNode): void => {
    // A prompt is looked up and then remembered: the second time it is in its place already.
    if (node === newest) return;
    newest = node;
    nodes.delete(node);
    nodes.add(node);
  };
  return {
    has: (node) => {
      if (!nodes.has(node)) return false;
      touch(node);
      return true;
    },
    remember: (node) => {
      touch(node);
      for (const oldest of nodes) {
        if (nodes.size <= nodesMax) break;
        nodes.delete(oldest);
      }
    },
    size: () => nodes.size,
  };
}
