/**
 * Turns prompts given as lists of prefix hashes into paths of a prefix tree. A run of hashes that
 * always occur together is one node; a node is cut where requests end or part.
 */
import {
  createPrefixTreeBuilder,
  NO_NODE,
  type PlaceKind,
  type PrefixIndex,
  type PrefixTreeBuilder,
} from "../../../domain/prompt-cache/index.ts";

/** A boundary between blocks inside what a request adds, counted in hashes from its start. */
export type Cut = { readonly at: number; readonly kind: PlaceKind };

export type HashPathRequest = {
  /** Requests share nothing across scopes. */
  readonly scope: string;
  readonly hashes: readonly number[];
  /** Where the blocks of a part that no request had before end; the last cut is the path's end. */
  readonly cutsAfter: (sharedHashes: number) => readonly Cut[];
  readonly index: number;
};

export type HashPathBuilder = {
  readonly tree: PrefixTreeBuilder;
  readonly tokensPerHash: number;
  /** Adds the path and returns its leaf; `NO_NODE` when it has no hashes. */
  readonly add: (request: HashPathRequest) => PrefixIndex;
};

type Segment = { hashes: readonly number[]; from: number; to: number };

/** `tokensPerHash` is the trace's own granularity. */
export function createHashPathBuilder(tokensPerHash: number): HashPathBuilder {
  const tree = createPrefixTreeBuilder();
  const segments: Segment[] = [];
  const children = new Map<string, PrefixIndex>();
  const keyOf = (scope: string, parent: PrefixIndex, hash: number) => `${scope}/${parent}/${hash}`;

  const grow = (
    request: HashPathRequest,
    parent: PrefixIndex,
    from: number,
    cuts: readonly Cut[],
  ): PrefixIndex => {
    let above = parent;
    let start = from;
    for (const cut of cuts) {
      if (cut.at <= start || cut.at > request.hashes.length) continue;
      const tokens = (cut.at - start) * tokensPerHash;
      const node = tree.add({
        parent: above,
        tokens,
        kind: cut.kind,
        markable: true,
        firstSeenBy: request.index,
      });
      segments[node] = { hashes: request.hashes, from: start, to: cut.at };
      children.set(keyOf(request.scope, above, request.hashes[start] ?? 0), node);
      above = node;
      start = cut.at;
    }
    return above;
  };

  const splitAt = (
    request: HashPathRequest,
    node: PrefixIndex,
    length: number,
    kind: PlaceKind,
  ) => {
    const segment = segments[node];
    if (segment === undefined) return NO_NODE;
    const upper = tree.split(node, {
      tokens: length * tokensPerHash,
      kind,
      markable: true,
      firstSeenBy: request.index,
    });
    const middle = segment.from + length;
    segments[upper] = { hashes: segment.hashes, from: segment.from, to: middle };
    segments[node] = { hashes: segment.hashes, from: middle, to: segment.to };
    const above = tree.parentOf(upper);
    children.set(keyOf(request.scope, above, segment.hashes[segment.from] ?? 0), upper);
    children.set(keyOf(request.scope, upper, segment.hashes[middle] ?? 0), node);
    return upper;
  };

  const add = (request: HashPathRequest): PrefixIndex => {
    const { hashes, scope } = request;
    let node: PrefixIndex = NO_NODE;
    let shared = 0;
    while (shared < hashes.length) {
      const child = children.get(keyOf(scope, node, hashes[shared] ?? 0));
      const segment = child === undefined ? undefined : segments[child];
      if (child === undefined || segment === undefined) break;
      const length = commonLength(segment, hashes, shared);
      shared += length;
      if (length < segment.to - segment.from) {
        node = splitAt(request, child, length, tree.kindOf(child));
        break;
      }
      node = child;
    }
    if (shared === hashes.length) return node;
    return grow(request, node, shared, request.cutsAfter(shared));
  };
  return { tree, tokensPerHash, add };
}

function commonLength(segment: Segment, hashes: readonly number[], from: number): number {
  const limit = Math.min(segment.to - segment.from, hashes.length - from);
  let length = 0;
  while (length < limit && segment.hashes[segment.from + length] === hashes[from + length])
    length += 1;
  return length;
}
