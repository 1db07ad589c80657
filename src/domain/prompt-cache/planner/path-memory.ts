/** What the planner remembers of each prefix: when it was asked for, and what stands above it. */
import {
  NO_NODE,
  type PrefixIndex,
  type PrefixTree,
  placeKindOf,
} from "../workload/prefix-tree.ts";

/** What one request adds to the tree of what was seen. */
export type Arrival = {
  /** Prefixes never asked for before, longest first. */
  readonly fresh: readonly PrefixIndex[];
  /** The longest prefix asked for before, or `NO_NODE`. */
  readonly known: PrefixIndex;
};

export class PathMemory {
  readonly #tree: PrefixTree;
  readonly #visitedMs: Float64Array;
  /** How many requests ended on the path to this node, itself included; never more than one a node. */
  readonly #turns: Int32Array;
  readonly #top: Int32Array;
  readonly #longEntry: Int32Array;
  /** The nearest shared prefix above the node: the end of a section, or a place where paths part. */
  readonly #sharedAbove: Int32Array;
  readonly #isShared: Uint8Array;

  constructor(tree: PrefixTree) {
    this.#tree = tree;
    this.#visitedMs = new Float64Array(tree.size).fill(-1);
    this.#turns = new Int32Array(tree.size);
    this.#top = new Int32Array(tree.size).fill(NO_NODE);
    this.#longEntry = new Int32Array(tree.size).fill(NO_NODE);
    this.#sharedAbove = new Int32Array(tree.size).fill(NO_NODE);
    this.#isShared = new Uint8Array(tree.size);
  }

  arrive(leaf: PrefixIndex): Arrival {
    const fresh: PrefixIndex[] = [];
    let known = leaf;
    while (known !== NO_NODE && (this.#visitedMs[known] ?? -1) < 0) {
      fresh.push(known);
      known = this.#tree.parent[known] ?? NO_NODE;
    }
    return { fresh, known };
  }

  /** Fills the columns of what is new, from the top down. Call {@link visit} once it is planned. */
  place(arrival: Arrival): void {
    const { fresh } = arrival;
    let above = arrival.known;
    for (let index = fresh.length - 1; index >= 0; index -= 1) {
      const node = fresh[index] ?? 0;
      this.#placeBelow(node, above);
      above = node;
    }
    const leaf = fresh[0];
    if (leaf !== undefined) this.#turns[leaf] = (this.#turns[leaf] ?? 0) + 1;
  }

  #placeBelow(node: PrefixIndex, above: PrefixIndex): void {
    const none = above === NO_NODE;
    const settings = none || placeKindOf(this.#tree, this.#top[above] ?? node) === "settings";
    this.#top[node] = settings ? node : (this.#top[above] ?? node);
    this.#longEntry[node] = none ? NO_NODE : (this.#longEntry[above] ?? NO_NODE);
    this.#turns[node] = none ? 0 : (this.#turns[above] ?? 0);
    this.#sharedAbove[node] = none ? NO_NODE : this.nearestShared(above);
    const kind = placeKindOf(this.#tree, node);
    this.#isShared[node] = kind === "system" || kind === "tools" ? 1 : 0;
  }

  /** Marks everything on a path that was not known as asked for at `nowMs`. */
  visit(arrival: Arrival, leaf: PrefixIndex, nowMs: number): void {
    for (const node of arrival.fresh) this.#visitedMs[node] = nowMs;
    this.#visitedMs[leaf] = nowMs;
  }

  visitShared(node: PrefixIndex, nowMs: number): void {
    this.#visitedMs[node] = nowMs;
  }

  /** When `node` was last asked for as far as is remembered; -1 when never. */
  visitedMs(node: PrefixIndex): number {
    return this.#visitedMs[node] ?? -1;
  }

  /** Paths part at `node`: from now on it is watched as a shared prefix. */
  markShared(node: PrefixIndex): void {
    this.#isShared[node] = 1;
  }

  /** `node` itself if it is a shared prefix, otherwise the nearest above it. */
  nearestShared(node: PrefixIndex): PrefixIndex {
    return this.#isShared[node] === 1 ? node : (this.#sharedAbove[node] ?? NO_NODE);
  }

  /** The next shared prefix above a shared prefix. */
  sharedAbove(node: PrefixIndex): PrefixIndex {
    return this.#sharedAbove[node] ?? NO_NODE;
  }

  /** Whether `node`, on the same path as `other`, is `other` itself or longer. */
  isAtOrBelow(node: PrefixIndex, other: PrefixIndex): boolean {
    if (other === NO_NODE) return true;
    return (this.#tree.prefixTokens[node] ?? 0) >= (this.#tree.prefixTokens[other] ?? 0);
  }

  turnsTo(node: PrefixIndex): number {
    return node === NO_NODE ? 0 : (this.#turns[node] ?? 0);
  }

  /** The first block of the path to `node`; settings are none. */
  topOf(node: PrefixIndex): PrefixIndex {
    return this.#top[node] ?? NO_NODE;
  }

  /** The last block on the path to `node` that was marked for an hour, as of its last visit. */
  longEntryFor(node: PrefixIndex): PrefixIndex {
    return node === NO_NODE ? NO_NODE : (this.#longEntry[node] ?? NO_NODE);
  }

  rememberLongEntry(leaf: PrefixIndex, marked: PrefixIndex): void {
    this.#longEntry[leaf] = marked;
  }

  /** Forgets `node`, whose index is about to be given to another prefix. It has nothing below it. */
  forget(node: PrefixIndex): void {
    this.#visitedMs[node] = -1;
  }
}
