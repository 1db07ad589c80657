/**
 * The prefix tree of live traffic: blocks come as keys of whole prefixes, the least recently used
 * prefixes make room for new ones. Its columns have a fixed size, so memory is bounded from the start.
 */
import {
  NO_NODE,
  PLACE_KINDS,
  type PlaceKind,
  type PrefixIndex,
  type PrefixTree,
} from "../workload/prefix-tree.ts";

/** One block of a prompt, in prompt order. `key` stands for the whole prefix up to and including it. */
export type PromptPlace = {
  readonly key: string;
  readonly tokens: number;
  readonly kind: PlaceKind;
  readonly markable: boolean;
};

const KIND_CODE: ReadonlyMap<PlaceKind, number> = new Map(
  PLACE_KINDS.map((kind, code) => [kind, code]),
);

export class LivePrefixTree {
  readonly tree: PrefixTree;
  readonly #forget: (node: PrefixIndex) => void;
  /** By key, least recently used first. */
  readonly #nodes = new Map<string, PrefixIndex>();
  readonly #keys: string[] = [];
  readonly #children: Int32Array;
  readonly #free: PrefixIndex[] = [];
  #used = 0;

  /** `forget` is told of an index before it is given to another prefix. */
  constructor(nodesMax: number, forget: (node: PrefixIndex) => void) {
    this.#forget = forget;
    this.#children = new Int32Array(nodesMax);
    this.tree = {
      size: nodesMax,
      parent: new Int32Array(nodesMax).fill(NO_NODE),
      tokens: new Float64Array(nodesMax),
      prefixTokens: new Float64Array(nodesMax),
      position: new Int32Array(nodesMax),
      kind: new Uint8Array(nodesMax),
      markable: new Uint8Array(nodesMax),
      firstSeenBy: new Int32Array(nodesMax),
    };
  }

  /** The indexes of a prompt's blocks, in prompt order. Looks back from the end to the first known. */
  place(prompt: readonly PromptPlace[]): readonly PrefixIndex[] {
    const indexes: PrefixIndex[] = new Array(prompt.length);
    let known = prompt.length - 1;
    let node: PrefixIndex = NO_NODE;
    for (; known >= 0; known -= 1) {
      node = this.#nodes.get(prompt[known]?.key ?? "") ?? NO_NODE;
      if (node !== NO_NODE) break;
    }
    for (let at = known, above = node; at >= 0; at -= 1) {
      indexes[at] = above;
      above = this.tree.parent[above] ?? NO_NODE;
    }
    for (let at = known + 1; at < prompt.length; at += 1) {
      const place = prompt[at];
      if (place === undefined) break;
      node = this.#add(place, node);
      indexes[at] = node;
    }
    this.#touch(node);
    return indexes;
  }

  /** The prefix with this key, or `NO_NODE`. */
  find(key: string): PrefixIndex {
    return this.#nodes.get(key) ?? NO_NODE;
  }

  /** The key of a prefix that is in use. */
  keyOf(node: PrefixIndex): string {
    return this.#keys[node] ?? "";
  }

  #add(place: PromptPlace, parent: PrefixIndex): PrefixIndex {
    // The parent must not make room for its own child.
    if (parent !== NO_NODE) this.#children[parent] = (this.#children[parent] ?? 0) + 1;
    const node = this.#allocate();
    const { tree } = this;
    tree.parent[node] = parent;
    tree.tokens[node] = place.tokens;
    tree.prefixTokens[node] =
      place.tokens + (parent === NO_NODE ? 0 : (tree.prefixTokens[parent] ?? 0));
    tree.kind[node] = KIND_CODE.get(place.kind) ?? 0;
    tree.markable[node] = place.markable ? 1 : 0;
    tree.position[node] = this.#positionOf(place.kind, parent);
    this.#nodes.set(place.key, node);
    this.#keys[node] = place.key;
    return node;
  }

  #positionOf(kind: PlaceKind, parent: PrefixIndex): number {
    const above = parent === NO_NODE ? 0 : (this.tree.position[parent] ?? 0);
    if (kind === "settings") return above;
    const runs = kind === "tool_use" || kind === "tool_result";
    const same = parent !== NO_NODE && this.tree.kind[parent] === KIND_CODE.get(kind);
    return runs && same ? above : above + 1;
  }

  #allocate(): PrefixIndex {
    if (this.#used < this.tree.size) {
      this.#used += 1;
      return this.#used - 1;
    }
    if (this.#free.length === 0) this.#evict();
    return this.#free.pop() ?? NO_NODE;
  }

  /** Frees the least recently used prefix that no longer one stands on. */
  #evict(): void {
    for (const [key, node] of this.#nodes) {
      this.#nodes.delete(key);
      if ((this.#children[node] ?? 0) > 0) {
        this.#nodes.set(key, node);
        continue;
      }
      const parent = this.tree.parent[node] ?? NO_NODE;
      if (parent !== NO_NODE) this.#children[parent] = (this.#children[parent] ?? 0) - 1;
      this.#forget(node);
      this.#free.push(node);
      return;
    }
  }

  #touch(node: PrefixIndex): void {
    const key = this.#keys[node];
    if (key === undefined) return;
    this.#nodes.delete(key);
    this.#nodes.set(key, node);
  }
}
