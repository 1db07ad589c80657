/**
 * Purser's own planner: learns from past traffic when prefixes are asked for again, and marks what is
 * worth its price. docs/concepts/prompt-cache.md tells how it decides. Works on any prefix tree whose
 * columns are filled before a request is planned; `forget` frees an index for another prefix.
 */
import type {
  CachePolicy,
  KeepAliveCall,
  PolicyFactory,
  PolicySetting,
  RequestOutcome,
  RequestToPlan,
} from "../policies/index.ts";
import { canMark } from "../policies/index.ts";
import { clearEntry, createCacheState, isReadable } from "../prediction/cache-state.ts";
import { type CacheSetting, predictAndApply } from "../prediction/predict.ts";
import {
  NO_NODE,
  type PrefixIndex,
  type PrefixTree,
  placeKindOf,
} from "../workload/prefix-tree.ts";
import { LIFETIME_MS, type Lifetime, type PlacedMarker } from "../workload/workload.ts";
import { chooseMarkers, tokensTo } from "./choose-markers.ts";
import { nextGapOf } from "./gap-statistics.ts";
import { KeepAliveQueue, keepAlivePays } from "./keep-alive.ts";
import { type Arrival, PathMemory } from "./path-memory.ts";
import { type PlaceClass, PlaceCurves } from "./place-curves.ts";
import { SHARED_PREFIXES_WATCHED_MAX, SharedPrefixes } from "./shared-prefixes.ts";
import { WaitingPlaces } from "./waiting-places.ts";

/** Blocks looked at, from the end of a prompt up, for the longest live entry. */
const ENTRY_SEARCH_BLOCKS_MAX = 64;

export const purserPolicy: PolicyFactory = (setting) => new Planner(setting, false);
/** The same, with calls of no output that keep valuable prefixes alive. */
export const purserKeepAlivePolicy: PolicyFactory = (setting) => new Planner(setting, true);

export class Planner implements CachePolicy {
  readonly name: string;
  readonly #setting: PolicySetting;
  readonly #tree: PrefixTree;
  /** What the planner takes the provider to hold: its own markers, applied by the documented rules. */
  readonly #cache: CacheSetting;
  readonly #memory: PathMemory;
  readonly #shared: SharedPrefixes;
  readonly #curves = new PlaceCurves();
  readonly #waiting = new WaitingPlaces();
  readonly #keepAlives: KeepAliveQueue | null;
  /** A long prompt counts more in what keep-alive calls rest on, because it costs more to read. */
  #promptTokensMean = 50_000;

  constructor(setting: PolicySetting, keepAlive: boolean) {
    const { tree } = setting;
    this.name = keepAlive ? "purser+keep-alive" : "purser";
    this.#setting = setting;
    this.#tree = tree;
    this.#cache = {
      tree,
      state: createCacheState(tree.size),
      prefixTokensMin: setting.prefixTokensMin,
      assumptions: setting.assumptions,
    };
    this.#memory = new PathMemory(tree);
    this.#shared = new SharedPrefixes(tree.size, this.#memory);
    this.#keepAlives = keepAlive ? new KeepAliveQueue() : null;
  }

  plan(request: RequestToPlan): readonly PlacedMarker[] {
    const { leaf, startMs } = request;
    if (leaf === NO_NODE) return [];
    this.#waiting.advance(startMs);
    const arrival = this.#memory.arrive(leaf);
    this.#learnFrom(arrival, startMs);
    this.#memory.place(arrival);
    const curve = this.#curves.curveFor(
      this.#classOf(arrival, leaf),
      this.#memory.turnsTo(leaf),
      this.#memory.topOf(leaf),
    );
    const markers = this.#choose(request, arrival, nextGapOf(curve));
    this.#apply(leaf, startMs, markers);
    this.#shared.visitPath(leaf, startMs);
    this.#memory.visit(arrival, leaf, startMs);
    this.#waiting.add(leaf, startMs, curve);
    return markers;
  }

  /** Learns how the response ended, which tells more of the next gap than the request did. */
  observe(outcome: RequestOutcome): void {
    if (outcome.leaf === NO_NODE || this.#keepAlives === null) return;
    const since = outcome.startMs;
    const tokens = tokensTo(this.#tree, outcome.leaf);
    this.#promptTokensMean += (tokens - this.#promptTokensMean) / 100;
    const weight = tokens / Math.max(1, this.#promptTokensMean);
    const curve = this.#curves.curveAfter(outcome.ending);
    if (!this.#waiting.follow(outcome.leaf, since, curve, weight)) return;
    this.#keepAlives.add(outcome.leaf, since, since);
  }

  nextKeepAlive(untilMs: number): KeepAliveCall | null {
    const queue = this.#keepAlives;
    if (queue === null) return null;
    for (let watch = queue.next(untilMs); watch !== null; watch = queue.next(untilMs)) {
      this.#waiting.advance(watch.dueMs);
      const curve = this.#waiting.followed(watch.leaf, watch.sinceMs);
      if (curve === null) continue;
      const entry = this.#findEntry(watch.leaf, watch.dueMs);
      const tokens = tokensTo(this.#tree, entry);
      const long =
        this.#lifetimeOf(entry) === "1h" && tokens * 2 > tokensTo(this.#tree, watch.leaf);
      if (!long || !keepAlivePays(curve, watch.dueMs - watch.sinceMs, this.#setting.ratios))
        continue;
      const markers: PlacedMarker[] = [{ node: entry, lifetime: "1h" }];
      this.#apply(entry, watch.dueMs, markers);
      queue.add(watch.leaf, watch.sinceMs, watch.dueMs);
      return { atMs: watch.dueMs, leaf: entry, markers };
    }
    return null;
  }

  explain(): readonly string[] {
    return [...this.#curves.explain(), ...this.#shared.explain()];
  }

  /** Forgets all about `node`; its index is about to be given to another prefix. */
  forget(node: PrefixIndex): void {
    this.#memory.forget(node);
    this.#shared.forget(node);
    this.#curves.forgetPrompt(node);
    this.#waiting.forget(node);
    clearEntry(this.#cache.state, node);
  }

  /** Somebody waited at the end of the known part, or paths part there. */
  #learnFrom(arrival: Arrival, nowMs: number): void {
    if (arrival.known === NO_NODE) return;
    const waited = this.#waiting.asked(arrival.known, nowMs);
    if (!waited && arrival.fresh.length > 0) this.#memory.markShared(arrival.known);
  }

  #classOf(arrival: Arrival, leaf: PrefixIndex): PlaceClass {
    if (placeKindOf(this.#tree, leaf) === "tool_result") return "tool_result";
    if (this.#memory.turnsTo(arrival.known) > 0) return "continued";
    const lone = arrival.known === NO_NODE && this.#memory.nearestShared(leaf) === NO_NODE;
    return lone ? "lone" : "opening";
  }

  #choose(
    request: RequestToPlan,
    arrival: Arrival,
    gap: { readonly short: number; readonly long: number },
  ): readonly PlacedMarker[] {
    const { leaf, startMs, index } = request;
    const { prefixTokensMin, ratios } = this.#setting;
    if (tokensTo(this.#tree, leaf) < prefixTokensMin) return [];
    const entry = this.#findEntry(leaf, startMs);
    const section = this.#sectionOf(leaf);
    return chooseMarkers({
      tree: this.#tree,
      requestIndex: index,
      ratios,
      prefixTokensMin,
      leaf,
      entry,
      entryLifetime: this.#lifetimeOf(entry),
      longEntry: this.#findLongEntry(entry, arrival.known, startMs),
      carries: this.#setting.assumptions.longMarkerCarriesPrefix,
      gap,
      worthySharedPrefix: this.#worthySharedPrefix(leaf, entry, index),
      section,
      sectionLifetime: this.#sectionLifetime(section, entry, startMs),
    });
  }

  /** The longest live entry on the path to `leaf`. */
  #findEntry(leaf: PrefixIndex, nowMs: number): PrefixIndex {
    let node = leaf;
    for (let count = 0; count < ENTRY_SEARCH_BLOCKS_MAX && node !== NO_NODE; count += 1) {
      if (isReadable(this.#cache.state, node, nowMs)) return node;
      node = this.#tree.parent[node] ?? NO_NODE;
    }
    return node === NO_NODE ? NO_NODE : this.#findEntryFarAbove(node, nowMs);
  }

  /** Beyond the search: the last block marked for an hour, then the shared prefixes. */
  #findEntryFarAbove(from: PrefixIndex, nowMs: number): PrefixIndex {
    const marked = this.#memory.longEntryFor(from);
    if (marked !== NO_NODE && isReadable(this.#cache.state, marked, nowMs)) return marked;
    let node = this.#memory.nearestShared(from);
    for (let count = 0; count < SHARED_PREFIXES_WATCHED_MAX && node !== NO_NODE; count += 1) {
      if (isReadable(this.#cache.state, node, nowMs)) return node;
      node = this.#memory.sharedAbove(node);
    }
    return NO_NODE;
  }

  #findLongEntry(entry: PrefixIndex, known: PrefixIndex, nowMs: number): PrefixIndex {
    if (entry === NO_NODE || this.#lifetimeOf(entry) === "1h") return entry;
    const marked = this.#memory.longEntryFor(known);
    if (marked === NO_NODE || !isReadable(this.#cache.state, marked, nowMs)) return NO_NODE;
    return tokensTo(this.#tree, marked) <= tokensTo(this.#tree, entry) ? marked : NO_NODE;
  }

  #lifetimeOf(entry: PrefixIndex): Lifetime {
    return this.#cache.state.lifetimeMs[entry] === LIFETIME_MS["1h"] ? "1h" : "5m";
  }

  #worthySharedPrefix(leaf: PrefixIndex, entry: PrefixIndex, index: number): PrefixIndex {
    const { ratios, prefixTokensMin } = this.#setting;
    const least = Math.max(tokensTo(this.#tree, entry) + 1, prefixTokensMin);
    let node = this.#memory.nearestShared(leaf);
    for (let count = 0; count < SHARED_PREFIXES_WATCHED_MAX && node !== NO_NODE; count += 1) {
      if (tokensTo(this.#tree, node) < least) return NO_NODE;
      const pays =
        this.#shared.soonChance(node) * (ratios.write5m - ratios.read) > ratios.write5m - 1;
      if (pays && canMark(this.#tree, node, index)) return node;
      node = this.#memory.sharedAbove(node);
    }
    return NO_NODE;
  }

  /** The end of the last section on the path; without sections, the first place where paths part. */
  #sectionOf(leaf: PrefixIndex): PrefixIndex {
    let first = NO_NODE;
    let node = this.#memory.nearestShared(leaf);
    for (let count = 0; count < ENTRY_SEARCH_BLOCKS_MAX && node !== NO_NODE; count += 1) {
      const kind = placeKindOf(this.#tree, node);
      if (kind === "system" || kind === "tools") return node;
      first = node;
      node = this.#memory.sharedAbove(node);
    }
    return first;
  }

  #sectionLifetime(section: PrefixIndex, entry: PrefixIndex, nowMs: number): Lifetime {
    if (section === NO_NODE) return "5m";
    const missing = tokensTo(this.#tree, section) - tokensTo(this.#tree, entry);
    if (missing < 0) return this.#lifetimeOf(section);
    this.#shared.learnFoundNothingBeyond(section, nowMs, missing > 0);
    if (missing === 0) return this.#lifetimeOf(section);
    return this.#shared.lifetimeFor(section, this.#setting.ratios);
  }

  /** Keeps the planner's own picture of the cache, and where the path is held for an hour. */
  #apply(leaf: PrefixIndex, nowMs: number, markers: readonly PlacedMarker[]): void {
    const request = {
      leaf,
      tailTokens: 0,
      startMs: nowMs,
      responseBeginMs: nowMs,
      cancelled: false,
    };
    predictAndApply(this.#cache, request, markers);
    for (const marker of markers) {
      if (marker.lifetime === "1h" && this.#lifetimeOf(marker.node) === "1h") {
        this.#memory.rememberLongEntry(leaf, marker.node);
      }
    }
  }
}
