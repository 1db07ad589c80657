/**
 * A prefix tree from prompts whose blocks have estimated sizes and whose whole size was billed. What a
 * request adds to the tree is scaled so that its prompt comes to what the provider counted.
 */
import {
  createPrefixTreeBuilder,
  NO_NODE,
  type PlaceKind,
  type PrefixIndex,
  type PrefixTree,
} from "../../domain/prompt-cache/index.ts";

export type BilledBlock = {
  /** Equal for equal content; need not say what stands before it. */
  readonly key: string;
  /** Estimated tokens; only the proportion to other blocks of the same request counts. */
  readonly weight: number;
  readonly kind: PlaceKind;
  readonly markable: boolean;
};

export type BilledPath = {
  /** Paths of different scopes share nothing. */
  readonly scope: string;
  /** The blocks after `from`. */
  readonly blocks: readonly BilledBlock[];
  /** Where the path goes on from; `NO_NODE` is the root. */
  readonly from: PrefixIndex;
  readonly promptTokens: number;
  readonly index: number;
};

export type PlacedPath = {
  readonly leaf: PrefixIndex;
  /** Billed tokens that no block accounts for. */
  readonly tailTokens: number;
  /** By how much the tree makes the prompt longer than was billed. */
  readonly excessTokens: number;
};

export class BilledPaths {
  readonly #builder = createPrefixTreeBuilder();
  readonly #children = new Map<string, PrefixIndex>();
  readonly #prefixTokens: number[] = [];
  readonly #markable: boolean[] = [];

  /** Adds a path; tokens are whole, and those of new blocks add up to what is left of the bill. */
  add(path: BilledPath): PlacedPath {
    let node = path.from;
    let at = 0;
    for (; at < path.blocks.length; at += 1) {
      const child = this.#children.get(keyOf(path.scope, node, path.blocks[at]?.key ?? ""));
      if (child === undefined) break;
      node = child;
    }
    const leaf = this.#grow(path, node, path.blocks.slice(at));
    const difference = path.promptTokens - this.#tokensTo(leaf);
    return {
      leaf,
      tailTokens: Math.max(0, difference),
      excessTokens: Math.max(0, -difference),
    };
  }

  parentOf(node: PrefixIndex): PrefixIndex {
    return this.#builder.parentOf(node);
  }

  kindOf(node: PrefixIndex): PlaceKind {
    return this.#builder.kindOf(node);
  }

  /** The last block of the path that may carry a marker. */
  lastMarkable(leaf: PrefixIndex): PrefixIndex {
    let node = leaf;
    while (node !== NO_NODE && this.#markable[node] !== true) node = this.parentOf(node);
    return node;
  }

  finish(): PrefixTree {
    return this.#builder.finish();
  }

  #tokensTo(node: PrefixIndex): number {
    return node === NO_NODE ? 0 : (this.#prefixTokens[node] ?? 0);
  }

  #grow(path: BilledPath, from: PrefixIndex, fresh: readonly BilledBlock[]): PrefixIndex {
    const left = Math.max(0, path.promptTokens - this.#tokensTo(from));
    const sizes = allocate(
      fresh.map(({ weight }) => weight),
      left,
    );
    let node = from;
    for (const [offset, block] of fresh.entries()) {
      const tokens = sizes[offset] ?? 0;
      const { kind, markable } = block;
      const child = this.#builder.add({
        parent: node,
        tokens,
        kind,
        markable,
        firstSeenBy: path.index,
      });
      this.#children.set(keyOf(path.scope, node, block.key), child);
      this.#prefixTokens[child] = this.#tokensTo(node) + tokens;
      this.#markable[child] = markable;
      node = child;
    }
    return node;
  }
}

/** Below the root a parent says the scope already. */
function keyOf(scope: string, parent: PrefixIndex, key: string): string {
  return parent === NO_NODE ? `${scope}\n${key}` : `${parent}\n${key}`;
}

/** `total` in whole parts, in proportion to the weights. */
export function allocate(weights: readonly number[], total: number): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (sum <= 0) return weights.map(() => 0);
  let running = 0;
  let given = 0;
  return weights.map((weight) => {
    running += weight;
    const upTo = Math.round((total * running) / sum);
    const size = upTo - given;
    given = upTo;
    return size;
  });
}
