/** The fixed rules: the same places and one lifetime, whatever the traffic. */
import { automaticMarker } from "../prediction/predict.ts";
import {
  NO_NODE,
  type PrefixIndex,
  type PrefixTree,
  placeKindOf,
} from "../workload/prefix-tree.ts";
import type { Lifetime, PlacedMarker } from "../workload/workload.ts";
import type { CachePolicy, PolicyFactory, PolicySetting, RequestToPlan } from "./policy.ts";

export const nonePolicy: PolicyFactory = () => ({ name: "none", plan: () => [] });

/** What the client itself marked; nothing where the trace does not say. */
export const asSentPolicy: PolicyFactory = () => ({
  name: "as-sent",
  plan: (request) => request.markersSent ?? [],
});

/** The API's own top-level marker: the last block that can carry one. */
export const automaticPolicy: PolicyFactory = ({ tree }) => ({
  name: "automatic",
  plan: (request) => {
    const marker = automaticMarker(tree, request.leaf, "5m");
    return marker === null ? [] : [marker];
  },
});

/** Last tool, last system block and the last two user turns, for five minutes. */
export const fixedPolicy: PolicyFactory = (setting) => fixedFor(setting, "fixed", "5m");
/** The same places, for an hour. */
export const fixedOneHourPolicy: PolicyFactory = (setting) => fixedFor(setting, "fixed-1h", "1h");

function fixedFor({ tree }: PolicySetting, name: string, lifetime: Lifetime): CachePolicy {
  const places = new SectionPlaces(tree);
  return {
    name,
    plan: (request) => fixedMarkers(tree, places, request, lifetime),
  };
}

/** The markers of `fixed` and `fixed-1h`. */
export function fixedMarkers(
  tree: PrefixTree,
  places: SectionPlaces,
  request: Pick<RequestToPlan, "leaf" | "index">,
  lifetime: Lifetime,
): readonly PlacedMarker[] {
  const nodes = [
    ...places.sectionEnds(request.leaf, request.index),
    ...lastUserTurns(tree, request.leaf, request.index, 2),
  ];
  return inPromptOrder(tree, nodes, lifetime);
}

/** Markers on `nodes`, each once, in prompt order. There are few, so each is put in where it belongs. */
export function inPromptOrder(
  tree: PrefixTree,
  nodes: readonly PrefixIndex[],
  lifetime: Lifetime,
): readonly PlacedMarker[] {
  const markers: PlacedMarker[] = [];
  for (const node of nodes) {
    const end = tree.prefixTokens[node] ?? 0;
    let at = markers.length;
    while (at > 0 && (tree.prefixTokens[markers[at - 1]?.node ?? 0] ?? 0) > end) at -= 1;
    if (markers.some((marker) => marker.node === node)) continue;
    if (at === markers.length) markers.push({ node, lifetime });
    else markers.splice(at, 0, { node, lifetime });
  }
  return markers;
}

/** Where tools and system end on a path, remembered per node so that long paths are walked once. */
export class SectionPlaces {
  readonly #tree: PrefixTree;
  /** Per node: the deepest section end at or above it, -2 where not yet known. */
  readonly #sectionEnd: Int32Array;

  constructor(tree: PrefixTree) {
    this.#tree = tree;
    this.#sectionEnd = new Int32Array(tree.size).fill(-2);
  }

  /** The last system block and the last tool on the path, those that exist, deepest first. */
  sectionEnds(leaf: PrefixIndex, requestIndex: number): readonly PrefixIndex[] {
    const ends: PrefixIndex[] = [];
    const seenKinds = new Set<string>();
    for (
      let node = this.#lastSectionNode(leaf);
      node !== NO_NODE;
      node = this.#tree.parent[node] ?? NO_NODE
    ) {
      const kind = placeKindOf(this.#tree, node);
      if (
        !seenKinds.has(kind) &&
        isSection(this.#tree, node) &&
        canMark(this.#tree, node, requestIndex)
      ) {
        ends.push(node);
        seenKinds.add(kind);
      }
    }
    return ends;
  }

  /** Forgets `node`, whose index is about to be given to another prefix. It has nothing below it. */
  forget(node: PrefixIndex): void {
    this.#sectionEnd[node] = -2;
  }

  #lastSectionNode(leaf: PrefixIndex): PrefixIndex {
    const pending: PrefixIndex[] = [];
    let node = leaf;
    while (node !== NO_NODE && this.#sectionEnd[node] === -2 && !isSection(this.#tree, node)) {
      pending.push(node);
      node = this.#tree.parent[node] ?? NO_NODE;
    }
    const known = node === NO_NODE ? NO_NODE : (this.#sectionEnd[node] ?? -2);
    const found = known === -2 ? node : known;
    for (const below of pending) this.#sectionEnd[below] = found;
    return found;
  }
}

function isSection(tree: PrefixTree, node: PrefixIndex): boolean {
  const kind = placeKindOf(tree, node);
  return kind === "tools" || kind === "system";
}

/** Whether a request may put a marker on `node`: a real boundary, and one that had shown by then. */
export function canMark(tree: PrefixTree, node: PrefixIndex, requestIndex: number): boolean {
  return tree.markable[node] === 1 && (tree.firstSeenBy[node] ?? 0) <= requestIndex;
}

/** The ends of the last `count` user turns on the path to `leaf`, deepest first. */
export function lastUserTurns(
  tree: PrefixTree,
  leaf: PrefixIndex,
  requestIndex: number,
  count: number,
): readonly PrefixIndex[] {
  const turns: PrefixIndex[] = [];
  let inTurn = false;
  for (
    let node = leaf;
    node !== NO_NODE && turns.length < count;
    node = tree.parent[node] ?? NO_NODE
  ) {
    if (isSection(tree, node)) break;
    const kind = placeKindOf(tree, node);
    const user = kind === "user_text" || kind === "tool_result";
    if (user && !inTurn && canMark(tree, node, requestIndex)) turns.push(node);
    inTurn = user;
  }
  return turns;
}
