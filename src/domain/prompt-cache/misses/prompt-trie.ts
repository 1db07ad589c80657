/** The prefix tree of what was seen, grown as requests come; nodes are known by what stands in them. */
import { assert } from "../../../base/index.ts";
import type { KeyedBlock } from "./align.ts";
import type { SeenBlock } from "./seen-request.ts";

export type TrieNode = number;
export const NO_TRIE_NODE: TrieNode = -1;
/** Different blocks of one window; a product with as many nodes is still a safe integer. */
const KEYS_MAX = 2 ** 26;

export class PromptTrie {
  /** Numbers of keys, so that a step down the tree is looked up by a number. */
  readonly #keys = new Map<string, number>();
  readonly #children = new Map<number, TrieNode>();
  readonly #parents: TrieNode[] = [];
  readonly #blocks: KeyedBlock[] = [];
  /** The request that last went through each node. */
  readonly #visitors: number[] = [];

  /** The node of each block, from the root down. */
  place(blocks: readonly SeenBlock[]): readonly TrieNode[] {
    let parent = NO_TRIE_NODE;
    return blocks.map((block) => {
      const step = (parent + 1) * KEYS_MAX + this.#keyNumber(block);
      let node = this.#children.get(step);
      if (node === undefined) {
        node = this.#parents.length;
        this.#children.set(step, node);
        this.#parents.push(parent);
        this.#blocks.push({ section: block.section, key: block.key });
        this.#visitors.push(-1);
      }
      parent = node;
      return node;
    });
  }

  #keyNumber({ section, key }: SeenBlock): number {
    const name = `${section}|${key}`;
    let number = this.#keys.get(name);
    if (number === undefined) {
      number = this.#keys.size;
      assert(number < KEYS_MAX, "a window has a bounded number of different blocks");
      this.#keys.set(name, number);
    }
    return number;
  }

  visitorOf(node: TrieNode): number {
    return this.#visitors[node] ?? -1;
  }

  visit(nodes: readonly TrieNode[], request: number): void {
    for (const node of nodes) this.#visitors[node] = request;
  }

  /** The nodes from the root to `leaf`. */
  pathTo(leaf: TrieNode): readonly TrieNode[] {
    const path: TrieNode[] = [];
    for (let node = leaf; node !== NO_TRIE_NODE; node = this.#parents[node] ?? NO_TRIE_NODE) {
      path.push(node);
    }
    return path.reverse();
  }

  blocksOf(path: readonly TrieNode[]): readonly KeyedBlock[] {
    return path.map((node) => this.#blocks[node] ?? { section: "messages", key: "" });
  }
}
