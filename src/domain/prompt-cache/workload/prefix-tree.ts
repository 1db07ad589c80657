/**
 * The prefix tree of a workload: one node per block, each standing for the whole prefix up to and
 * including that block. Kept as columns, because a replay visits millions of nodes.
 */
import { assert } from "../../../base/index.ts";

/** A node of the prefix tree: an index into its columns. `NO_NODE` is the empty prefix. */
export type PrefixIndex = number;
export const NO_NODE: PrefixIndex = -1;

/** What stands in a block, as far as caching cares. The order is part of the column encoding. */
export const PLACE_KINDS = [
  "tools",
  "system",
  "user_text",
  "tool_result",
  "assistant",
  "tool_use",
  "server_tool_result",
  "settings",
] as const;
export type PlaceKind = (typeof PLACE_KINDS)[number];

const KIND_CODE: Readonly<Record<PlaceKind, number>> = Object.fromEntries(
  PLACE_KINDS.map((kind, code) => [kind, code]),
) as Record<PlaceKind, number>;

/** Columns of a finished tree. A parent may have a higher index than its child, after a split. */
export type PrefixTree = {
  readonly size: number;
  readonly parent: Int32Array;
  /** Tokens of the block itself. */
  readonly tokens: Float64Array;
  /** Tokens of the whole prefix, this block included. */
  readonly prefixTokens: Float64Array;
  /** Position counted for the lookback: a run of tool_use or of tool_result blocks is one. */
  readonly position: Int32Array;
  readonly kind: Uint8Array;
  /** 1 where a cache marker may stand. */
  readonly markable: Uint8Array;
  /** Index of the request that first showed this boundary; no earlier request may mark it. */
  readonly firstSeenBy: Int32Array;
};

/** The kind of place a node is. */
export function placeKindOf(tree: PrefixTree, node: PrefixIndex): PlaceKind {
  return PLACE_KINDS[tree.kind[node] ?? 0] ?? "user_text";
}

export type NewNode = {
  readonly parent: PrefixIndex;
  readonly tokens: number;
  readonly kind: PlaceKind;
  readonly markable: boolean;
  readonly firstSeenBy: number;
};

/** Collects nodes while a trace is read; `finish` computes the derived columns once. */
export type PrefixTreeBuilder = {
  readonly size: () => number;
  readonly add: (node: NewNode) => PrefixIndex;
  /**
   * Puts a new node above `node`, which keeps its index and its end: the first `upperTokens` of its
   * tokens move up. Returns the upper node.
   */
  readonly split: (
    node: PrefixIndex,
    upper: {
      readonly tokens: number;
      readonly kind: PlaceKind;
      readonly markable: boolean;
      readonly firstSeenBy: number;
    },
  ) => PrefixIndex;
  readonly parentOf: (node: PrefixIndex) => PrefixIndex;
  readonly tokensOf: (node: PrefixIndex) => number;
  readonly kindOf: (node: PrefixIndex) => PlaceKind;
  readonly finish: () => PrefixTree;
};

type NodeRow = {
  parent: number;
  tokens: number;
  kind: number;
  markable: 0 | 1;
  firstSeenBy: number;
};

export function createPrefixTreeBuilder(): PrefixTreeBuilder {
  const rows: NodeRow[] = [];
  const row = (node: PrefixIndex): NodeRow => {
    const found = rows[node];
    assert(found !== undefined, `no node ${node} in the prefix tree`);
    return found;
  };
  const add = (node: NewNode): PrefixIndex => {
    assert(node.tokens >= 0, "a block has no negative size");
    rows.push({ ...node, kind: KIND_CODE[node.kind], markable: node.markable ? 1 : 0 });
    return rows.length - 1;
  };
  return {
    size: () => rows.length,
    add,
    split: (node, upper) => {
      const lower = row(node);
      assert(upper.tokens < lower.tokens, "a split leaves something below it");
      const index = add({ ...upper, parent: lower.parent });
      lower.parent = index;
      lower.tokens -= upper.tokens;
      return index;
    },
    parentOf: (node) => row(node).parent,
    tokensOf: (node) => row(node).tokens,
    kindOf: (node) => PLACE_KINDS[row(node).kind] ?? "user_text",
    finish: () => finishTree(rows),
  };
}

function finishTree(rows: readonly NodeRow[]): PrefixTree {
  const tree = {
    size: rows.length,
    parent: Int32Array.from(rows, (row) => row.parent),
    tokens: Float64Array.from(rows, (row) => row.tokens),
    prefixTokens: new Float64Array(rows.length).fill(-1),
    position: new Int32Array(rows.length),
    kind: Uint8Array.from(rows, (row) => row.kind),
    markable: Uint8Array.from(rows, (row) => row.markable),
    firstSeenBy: Int32Array.from(rows, (row) => row.firstSeenBy),
  };
  for (let node = 0; node < tree.size; node += 1) derive(tree, node);
  return tree;
}

/** Fills the derived columns of `node` after those of its ancestors. */
function derive(tree: PrefixTree, node: PrefixIndex): void {
  const pending: PrefixIndex[] = [];
  for (
    let at = node;
    at !== NO_NODE && tree.prefixTokens[at] === -1;
    at = tree.parent[at] ?? NO_NODE
  ) {
    pending.push(at);
  }
  for (let index = pending.length - 1; index >= 0; index -= 1) {
    const at = pending[index] ?? 0;
    const parent = tree.parent[at] ?? NO_NODE;
    const above = parent === NO_NODE ? 0 : (tree.prefixTokens[parent] ?? 0);
    tree.prefixTokens[at] = above + (tree.tokens[at] ?? 0);
    tree.position[at] = positionBelow(tree, parent, tree.kind[at] ?? 0);
  }
}

/** The lookback position of a block of `kind` that follows `parent`. */
function positionBelow(tree: PrefixTree, parent: PrefixIndex, kind: number): number {
  if (parent === NO_NODE) return kind === KIND_CODE.settings ? 0 : 1;
  const above = tree.position[parent] ?? 0;
  if (kind === KIND_CODE.settings) return above;
  const runs = kind === KIND_CODE.tool_use || kind === KIND_CODE.tool_result;
  return runs && tree.kind[parent] === kind ? above : above + 1;
}
