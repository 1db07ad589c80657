/** The prefix tree of what was seen, grown as requests come; nodes are known by what stands in them. */
import type { KeyedBlock } from "./align.ts";
import type { SeenBlock } from "./seen-request.ts";

export type TrieNode = number;
export const NO_TRIE_NODE: TrieNode = -1;

export class PromptTrie {
  readonly #children = new Map<string, TrieNode>();
  readonly #parents: TrieNode[] = [];
  readonly #blocks: KeyedBlock[] = [];
  /** The request that last went through each node. */
  readonly #visitors: number[] = [];

  /** The node of each block, from the root down. */
  place(blocks: readonly SeenBlock[]): readonly TrieNode[] {
    let parent = NO_TRIE_NODE;
    return blocks.map((block) => {
      const name = `${parent}|${block.section}|${block.key}`;
      let node = this.#children.get(name);
      if (node === undefined) {
        node = this.#parents.length;
        this.#children.set(name, node);
        this.#parents.push(parent);
        this.#blocks.push({ section: block.section, key: block.key });
        this.#visitors.push(-1);
      }
      parent = node;
      return node;
    });
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
