/** From what is alive and what is likely to come: which blocks to mark, and for how long. */
import { canMark } from "../policies/index.ts";
import { BREAKPOINTS_MAX, LOOKBACK_POSITIONS_MAX, type PriceRatios } from "../prediction/rules.ts";
import { NO_NODE, type PrefixIndex, type PrefixTree } from "../workload/prefix-tree.ts";
import type { Lifetime, PlacedMarker } from "../workload/workload.ts";
import type { NextGap } from "./gap-statistics.ts";

/** Blocks at the end of a prompt that are weighed as the place to hold the prefix for an hour. */
const HOLD_CANDIDATES_MAX = 8;

/** The facts of one request that the choice rests on. */
export type Choice = {
  readonly tree: PrefixTree;
  readonly requestIndex: number;
  readonly ratios: PriceRatios;
  readonly prefixTokensMin: number;
  readonly leaf: PrefixIndex;
  /** The longest live entry on the path, or `NO_NODE`. */
  readonly entry: PrefixIndex;
  readonly entryLifetime: Lifetime;
  /** The longest live entry that lives for an hour, or `NO_NODE`. */
  readonly longEntry: PrefixIndex;
  /** Whether a small write for an hour carries the whole prefix. */
  readonly carries: boolean;
  /** For how long to write where it does not, and every block must pay for its own hour. */
  readonly betterLifetime: Lifetime;
  /** Tokens at the start of the path that other paths keep alive anyhow. */
  readonly othersHoldTokens: number;
  /**
   * The longest block inside what is read that holds no live entry, where marking for an hour leaves one
   * at no charge; `NO_NODE` where there is none, or where the provider is not taken to do so.
   */
  readonly freeHold: PrefixIndex;
  /** By what to multiply the expected worth of a write, for caution's sake. */
  readonly writeWorth: number;
  /** When the whole prompt is asked for again. */
  readonly gap: NextGap;
  /** The longest shared prefix past the entry that is worth a write by itself, or `NO_NODE`. */
  readonly worthySharedPrefix: PrefixIndex;
  /** Ends of sections, or the first place where paths part, longest first, with their lifetimes. */
  readonly sections: readonly PlacedMarker[];
};

export function chooseMarkers(choice: Choice): readonly PlacedMarker[] {
  const markers = new MarkerSet(choice);
  const target = writeTarget(choice);
  const read = tokensTo(choice.tree, choice.entry);
  if (tokensTo(choice.tree, target) > read) markers.add(target, writtenLifetime(choice));
  markers.add(holdPlace(choice, target), "1h");
  if (choice.entry !== NO_NODE && !markers.reaches(choice.entry)) {
    markers.add(choice.entry, choice.entryLifetime);
  }
  markers.add(choice.freeHold, "1h");
  const before = target === choice.leaf ? placeBefore(choice, read) : NO_NODE;
  const [section, ...above] = choice.sections.filter(
    ({ node }) => tokensTo(choice.tree, node) <= Math.max(read, tokensTo(choice.tree, target)),
  );
  if (section !== undefined) markers.add(section.node, section.lifetime);
  const mostlyNew = read * 2 < tokensTo(choice.tree, choice.leaf);
  if (mostlyNew) markers.add(before, "5m");
  for (const { node, lifetime } of above) markers.add(node, lifetime);
  if (choice.longEntry !== choice.entry) markers.add(choice.longEntry, "1h");
  markers.add(before, "5m");
  return markers.inPromptOrder();
}

/** What is written past a live entry of five minutes lives no longer, unless an hour carries it. */
function writtenLifetime(choice: Choice): Lifetime {
  if (choice.carries) return "5m";
  const onShort = choice.entry !== NO_NODE && choice.entryLifetime === "5m";
  return onShort ? "5m" : choice.betterLifetime;
}

/** How far a write for five minutes is worth its price; `NO_NODE` when it is not. */
function writeTarget(choice: Choice): PrefixIndex {
  const { ratios, gap, writeWorth } = choice;
  const pays = writeWorth * gap.short * (ratios.write5m - ratios.read) > ratios.write5m - 1;
  return pays ? choice.leaf : choice.worthySharedPrefix;
}

/**
 * Where to mark for an hour. An hour's entry covers all before it, and is charged only for what lies
 * past the entry that is read: so the best place is a small step past it, not the end of the prompt.
 */
function holdPlace(choice: Choice, target: PrefixIndex): PrefixIndex {
  const { tree, entry } = choice;
  const read = tokensTo(tree, entry);
  if (!choice.carries) return NO_NODE;
  let best = NO_NODE;
  let bestGain = 0;
  let node = choice.leaf;
  for (let count = 0; count < HOLD_CANDIDATES_MAX && tokensTo(tree, node) > read; count += 1) {
    const gain = holdGain(choice, node, target);
    if (gain > bestGain && canHold(choice, node)) {
      best = node;
      bestGain = gain;
    }
    node = tree.parent[node] ?? NO_NODE;
  }
  return best;
}

function canHold(choice: Choice, node: PrefixIndex): boolean {
  const longEnough = tokensTo(choice.tree, node) >= choice.prefixTokensMin;
  return longEnough && canMark(choice.tree, node, choice.requestIndex);
}

/** What an hour at `node` is expected to save, in fresh input tokens, less what it costs. */
function holdGain(choice: Choice, node: PrefixIndex, target: PrefixIndex): number {
  const { tree, ratios, gap } = choice;
  const end = tokensTo(tree, node);
  const added = end - tokensTo(tree, choice.entry);
  const saved = ratios.write5m - ratios.read;
  const held = gap.long * saved * (end - heldTokens(choice));
  if (end <= tokensTo(tree, target)) return held - (ratios.write1h - ratios.write5m) * added;
  return held + gap.short * saved * added - (ratios.write1h - 1) * added;
}

/** Tokens that an hour's entry or other paths hold already, or will at no charge. */
function heldTokens(choice: Choice): number {
  const { tree, longEntry, freeHold, othersHoldTokens } = choice;
  return Math.max(tokensTo(tree, longEntry), tokensTo(tree, freeHold), othersHoldTokens);
}

/** The last block before the leaf that may be marked, for a turn that is sent again in other words. */
function placeBefore(choice: Choice, read: number): PrefixIndex {
  const { tree } = choice;
  let before = tree.parent[choice.leaf] ?? NO_NODE;
  while (tokensTo(tree, before) > read && !canMark(tree, before, choice.requestIndex)) {
    before = tree.parent[before] ?? NO_NODE;
  }
  return tokensTo(tree, before) > read ? before : NO_NODE;
}

export function tokensTo(tree: PrefixTree, node: PrefixIndex): number {
  return node === NO_NODE ? 0 : (tree.prefixTokens[node] ?? 0);
}

/** At most four markers, the most valuable added first. */
class MarkerSet {
  readonly #choice: Choice;
  readonly #markers: { readonly node: PrefixIndex; lifetime: Lifetime }[] = [];

  constructor(choice: Choice) {
    this.#choice = choice;
  }

  /** Adds a marker if there is room and a marker may stand there; keeps the longer lifetime. */
  add(node: PrefixIndex, lifetime: Lifetime): void {
    if (node === NO_NODE || !canHold(this.#choice, node)) return;
    const same = this.#markers.find((marker) => marker.node === node);
    if (same !== undefined && lifetime === "1h") same.lifetime = "1h";
    if (same !== undefined || this.#markers.length >= BREAKPOINTS_MAX) return;
    this.#markers.push({ node, lifetime });
  }

  /** Whether the lookback of some marker comes to `entry`. */
  reaches(entry: PrefixIndex): boolean {
    const { tree } = this.#choice;
    const at = tree.position[entry] ?? 0;
    return this.#markers.some((marker) => {
      const distance = (tree.position[marker.node] ?? 0) - at;
      return distance >= 0 && distance < LOOKBACK_POSITIONS_MAX;
    });
  }

  /** In prompt order. What stands before a 1h marker is marked for an hour too, at no further charge. */
  inPromptOrder(): readonly PlacedMarker[] {
    const { tree } = this.#choice;
    this.#markers.sort((a, b) => tokensTo(tree, a.node) - tokensTo(tree, b.node));
    let long = false;
    for (let index = this.#markers.length - 1; index >= 0; index -= 1) {
      const marker = this.#markers[index];
      if (marker === undefined) continue;
      if (long) marker.lifetime = "1h";
      long = marker.lifetime === "1h";
    }
    return this.#markers;
  }
}
