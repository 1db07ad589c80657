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
  return new HashPaths(tokensPerHash);
}

class HashPaths implements HashPathBuilder {
  readonly tree = createPrefixTreeBuilder();
  readonly tokensPerHash: number;
  readonly #segments: Segment[] = [];
  readonly #children = new Map<string, PrefixIndex>();

  constructor(tokensPerHash: number) {
    this.tokensPerHash = tokensPerHash;
  }

  add(request: HashPathRequest): PrefixIndex {
    const { hashes, scope } = request;
    let node: PrefixIndex = NO_NODE;
    let at = 0;
    while (at < hashes.length) {
      const child = this.#children.get(keyOf(scope, node, hashes[at] ?? 0));
      const segment = child === undefined ? undefined : this.#segments[child];
      if (child === undefined || segment === undefined) break;
      const length = commonLength(segment, hashes, at);
      at += length;
      if (length < segment.to - segment.from) {
        node = this.#splitAt(request, child, segment, length);
        break;
      }
      node = child;
    }
    return at === hashes.length ? node : this.#grow(request, node, at);
  }

  /** Adds what no earlier path had, cut into the blocks that the request says. */
  #grow(request: HashPathRequest, parent: PrefixIndex, from: number): PrefixIndex {
    let above = parent;
    let start = from;
    for (const { at, kind } of request.cutsAfter(from)) {
      if (at <= start || at > request.hashes.length) continue;
      const tokens = (at - start) * this.tokensPerHash;
      const firstSeenBy = request.index;
      const node = this.tree.add({ parent: above, tokens, kind, markable: true, firstSeenBy });
      this.#segments[node] = { hashes: request.hashes, from: start, to: at };
      this.#children.set(keyOf(request.scope, above, request.hashes[start] ?? 0), node);
      above = node;
      start = at;
    }
    return above;
  }

  /** Cuts a node where this request leaves it; returns the upper part. */
  #splitAt(
    request: HashPathRequest,
    node: PrefixIndex,
    segment: Segment,
    length: number,
  ): PrefixIndex {
    const upper = this.tree.split(node, {
      tokens: length * this.tokensPerHash,
      kind: this.tree.kindOf(node),
      markable: true,
      firstSeenBy: request.index,
    });
    const middle = segment.from + length;
    this.#segments[upper] = { hashes: segment.hashes, from: segment.from, to: middle };
    this.#segments[node] = { hashes: segment.hashes, from: middle, to: segment.to };
    const above = this.tree.parentOf(upper);
    this.#children.set(keyOf(request.scope, above, segment.hashes[segment.from] ?? 0), upper);
    this.#children.set(keyOf(request.scope, upper, segment.hashes[middle] ?? 0), node);
    return upper;
  }
}

function keyOf(scope: string, parent: PrefixIndex, hash: number): string {
  return `${scope}/${parent}/${hash}`;
}

function commonLength(segment: Segment, hashes: readonly number[], from: number): number {
  const limit = Math.min(segment.to - segment.from, hashes.length - from);
  let length = 0;
  while (length < limit && segment.hashes[segment.from + length] === hashes[from + length])
    length += 1;
  return length;
}
