/** One request against the cache: which tokens are read, written for how long, or fresh. */
import { NO_NODE, type PrefixIndex, type PrefixTree } from "../workload/prefix-tree.ts";
import { LIFETIME_MS, type Lifetime, type PlacedMarker } from "../workload/workload.ts";
import { type CacheState, isReadable, refreshEntry, writeEntry } from "./cache-state.ts";
import { BREAKPOINTS_MAX, type CacheAssumptions, LOOKBACK_POSITIONS_MAX } from "./rules.ts";

/** Input tokens of one request by what they are billed as. They sum to the prompt. */
export type TokensByClass = {
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly input: number;
};

export type PredictableRequest = {
  readonly leaf: PrefixIndex;
  readonly tailTokens: number;
  readonly startMs: number;
  readonly responseBeginMs: number;
  /** Whether it was cancelled before it completed. */
  readonly cancelled: boolean;
};

export type CacheSetting = {
  readonly tree: PrefixTree;
  readonly state: CacheState;
  readonly prefixTokensMin: number;
  readonly assumptions: CacheAssumptions;
};

/** Why a set of markers would be answered with an error instead of a response. */
export type MarkerRefusal = "too-many-breakpoints" | "short-lifetime-before-long";

/** The API answers 400 to these; `null` when the markers are good. Markers come in prompt order. */
export function refusalOf(markers: readonly PlacedMarker[]): MarkerRefusal | null {
  if (markers.length > BREAKPOINTS_MAX) return "too-many-breakpoints";
  let short = false;
  for (const marker of markers) {
    if (marker.lifetime === "5m") short = true;
    else if (short) return "short-lifetime-before-long";
  }
  return null;
}

/**
 * The longest live entry within the lookback of `marker`, or `NO_NODE`. Looks at the marked block,
 * then back, at most twenty positions in all.
 */
export function lookBack(setting: CacheSetting, marker: PrefixIndex, nowMs: number): PrefixIndex {
  const { tree, state } = setting;
  const last = (tree.position[marker] ?? 0) - LOOKBACK_POSITIONS_MAX;
  let node = marker;
  while (node !== NO_NODE && (tree.position[node] ?? 0) > last) {
    if (isReadable(state, node, nowMs)) return node;
    node = tree.parent[node] ?? NO_NODE;
  }
  return NO_NODE;
}

/**
 * Predicts one request and applies what it does to the cache. `markers` in prompt order, on the path
 * to `request.leaf`; ask {@link refusalOf} first.
 */
export function predictAndApply(
  setting: CacheSetting,
  request: PredictableRequest,
  markers: readonly PlacedMarker[],
): TokensByClass {
  const hit = readEntries(setting, request.startMs, markers);
  return writeEntries(setting, request, markers, hit);
}

/** Finds the longest entry that any breakpoint reaches, and refreshes what the read refreshes. */
function readEntries(
  setting: CacheSetting,
  startMs: number,
  markers: readonly PlacedMarker[],
): PrefixIndex {
  const { tree } = setting;
  let hit: PrefixIndex = NO_NODE;
  for (const marker of markers) {
    const found = lookBack(setting, marker.node, startMs);
    if (found === NO_NODE) continue;
    if (hit === NO_NODE || prefixTokensOf(tree, found) > prefixTokensOf(tree, hit)) hit = found;
  }
  if (hit !== NO_NODE) refreshFrom(setting, hit, startMs, markers);
  return hit;
}

function refreshFrom(
  setting: CacheSetting,
  hit: PrefixIndex,
  startMs: number,
  markers: readonly PlacedMarker[],
): void {
  const { tree, state, assumptions } = setting;
  refreshEntry(state, hit, startMs);
  if (assumptions.refreshes === "whole-prefix") refreshAbove(setting, hit, startMs);
  for (const { node, lifetime } of markers) {
    if (node !== hit && assumptions.refreshes === "longest") continue;
    const inside = prefixTokensOf(tree, node) <= prefixTokensOf(tree, hit);
    if (!inside || !isReadable(state, node, startMs)) continue;
    refreshEntry(state, node, startMs);
    if (assumptions.upgradesLifetime) writeEntry(state, node, lifetime, startMs, startMs);
  }
}

function refreshAbove(setting: CacheSetting, hit: PrefixIndex, startMs: number): void {
  for (let node = hit; node !== NO_NODE; node = setting.tree.parent[node] ?? NO_NODE) {
    if (isReadable(setting.state, node, startMs)) refreshEntry(setting.state, node, startMs);
  }
}

/** Writes at every breakpoint past the hit and splits the prompt as the bill does (A, B, C, T). */
function writeEntries(
  setting: CacheSetting,
  request: PredictableRequest,
  markers: readonly PlacedMarker[],
  hit: PrefixIndex,
): TokensByClass {
  const { tree } = setting;
  const read = prefixTokensOf(tree, hit);
  let longEnd = read;
  let end = read;
  for (const marker of markers) {
    const reach = prefixTokensOf(tree, marker.node);
    if (reach < setting.prefixTokensMin) continue;
    applyMarker(setting, request, marker, hit, reach <= read);
    if (reach <= read) continue;
    end = Math.max(end, reach);
    if (marker.lifetime === "1h") longEnd = Math.max(longEnd, reach);
  }
  const prompt = prefixTokensOf(tree, request.leaf) + request.tailTokens;
  return { read, write1h: longEnd - read, write5m: end - longEnd, input: prompt - end };
}

function applyMarker(
  setting: CacheSetting,
  request: PredictableRequest,
  marker: PlacedMarker,
  hit: PrefixIndex,
  insideHit: boolean,
): void {
  const { state, assumptions } = setting;
  if (insideHit) {
    if (!assumptions.writesBelowHit || isReadable(state, marker.node, request.startMs)) return;
  } else if (request.cancelled && !assumptions.cancelledLeavesEntry) return;
  const lifetime = lifetimeOver(setting, marker.lifetime, hit);
  writeEntry(state, marker.node, lifetime, request.startMs, request.responseBeginMs);
}

/** How long what is written on top of `hit` lives. */
function lifetimeOver(setting: CacheSetting, marked: Lifetime, hit: PrefixIndex): Lifetime {
  if (setting.assumptions.longMarkerCarriesPrefix || hit === NO_NODE) return marked;
  return setting.state.lifetimeMs[hit] === LIFETIME_MS["5m"] ? "5m" : marked;
}

export function prefixTokensOf(tree: PrefixTree, node: PrefixIndex): number {
  return node === NO_NODE ? 0 : (tree.prefixTokens[node] ?? 0);
}

/** The markers of the API's automatic caching: the last block that may carry one. */
export function automaticMarker(
  tree: PrefixTree,
  leaf: PrefixIndex,
  lifetime: Lifetime,
): PlacedMarker | null {
  let node = leaf;
  while (node !== NO_NODE && tree.markable[node] !== 1) node = tree.parent[node] ?? NO_NODE;
  return node === NO_NODE ? null : { node, lifetime };
}
