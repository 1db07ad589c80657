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
import type { TokensByClass } from "../prediction/predict.ts";
import { BREAKPOINTS_MAX, type PriceRatios } from "../prediction/rules.ts";
import {
  NO_NODE,
  type PrefixIndex,
  type PrefixTree,
  placeKindOf,
} from "../workload/prefix-tree.ts";
import type { Lifetime, PlacedMarker } from "../workload/workload.ts";
import { Caution } from "./caution.ts";
import { chooseMarkers, tokensTo } from "./choose-markers.ts";
import { type FixedRule, FixedRules, RunningBill } from "./fixed-rules.ts";
import { nextGapOf } from "./gap-statistics.ts";
import { KeepAliveQueue, keepAlivePays } from "./keep-alive.ts";
import { type AwaitedCall, OwnCache } from "./own-cache.ts";
import { type Arrival, PathMemory } from "./path-memory.ts";
import { type PlaceClass, PlaceCurves } from "./place-curves.ts";
import { SHARED_PREFIXES_WATCHED_MAX, SharedPrefixes } from "./shared-prefixes.ts";
import { WaitingPlaces } from "./waiting-places.ts";

/** Blocks looked at, from the end of a prompt up, for the end of a section. */
const SECTION_SEARCH_BLOCKS_MAX = 64;
/** Blocks looked at, from what is read up, for a place where an hour is free. */
const FREE_HOLD_SEARCH_BLOCKS_MAX = 8;

export const purserPolicy: PolicyFactory = (setting) => new Planner(setting, false);
/** The same, with calls of no output that keep valuable prefixes alive. */
export const purserKeepAlivePolicy: PolicyFactory = (setting) => new Planner(setting, true);

export class Planner implements CachePolicy {
  readonly name: string;
  readonly #setting: PolicySetting;
  readonly #tree: PrefixTree;
  readonly #cache: OwnCache;
  readonly #bill = new RunningBill();
  readonly #rules: FixedRules;
  readonly #caution: Caution;
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
    this.#memory = new PathMemory(tree);
    this.#cache = new OwnCache(setting, this.#memory);
    this.#rules = new FixedRules(setting);
    this.#caution = new Caution(this.#rules, this.#bill);
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
      tokensTo(this.#tree, leaf),
      this.#memory.topOf(leaf),
    );
    const entry = this.#cache.findEntry(leaf, startMs);
    const rule = this.#caution.ruleToFollow();
    const markers =
      rule === null
        ? this.#choose(request, arrival, entry, nextGapOf(curve))
        : this.#follow(rule, request, entry);
    this.#account(request, entry, markers);
    this.#shared.visitPath(leaf, arrival.known, startMs);
    this.#memory.visit(arrival, leaf, startMs);
    this.#waiting.add(leaf, startMs, curve);
    return markers;
  }

  /** Adds the call to the planner's own bill, and to what each fixed rule would have been billed. */
  #account(request: RequestToPlan, entry: PrefixIndex, markers: readonly PlacedMarker[]): void {
    const { leaf, startMs } = request;
    const { ratios } = this.#setting;
    this.#bill.add(this.#cache.apply(leaf, entry, startMs, markers), ratios, startMs);
    const responseBeginMs = this.#cache.beginsMs(startMs);
    this.#rules.add(request, { leaf, tailTokens: 0, startMs, responseBeginMs, cancelled: false });
  }

  /** The markers of a fixed rule, and whatever else it takes to read what is there already. */
  #follow(rule: FixedRule, request: RequestToPlan, entry: PrefixIndex): readonly PlacedMarker[] {
    const markers = this.#rules.markersOf(this.#affordable(rule, entry), request);
    const short = entry === NO_NODE || markers.some(({ node }) => node === entry);
    if (short || markers.length >= BREAKPOINTS_MAX) return markers;
    if (!canMark(this.#tree, entry, request.index)) return markers;
    const lifetime = markers[0]?.lifetime ?? this.#cache.lifetimeOf(entry);
    return [...markers, { node: entry, lifetime }].sort(
      (a, b) => tokensTo(this.#tree, a.node) - tokensTo(this.#tree, b.node),
    );
  }

  /** An hour past a live entry of five minutes is paid for nothing, unless it carries the prefix. */
  #affordable(rule: FixedRule, entry: PrefixIndex): FixedRule {
    if (rule !== "fixed-1h" || this.#cache.assumptions.longMarkerCarriesPrefix) return rule;
    return entry !== NO_NODE && this.#cache.lifetimeOf(entry) === "5m" ? "fixed" : rule;
  }

  /** Learns what was read, when the response began, and how it ended: that tells of the next gap. */
  observe(outcome: RequestOutcome): void {
    if (outcome.leaf === NO_NODE) return;
    this.#cache.learnLatency(outcome.responseBeginMs - outcome.startMs);
    const call = this.#cache.takeAwaited(outcome.leaf, outcome.startMs);
    if (call !== null && outcome.tokens !== null) this.#learnUsage(outcome, call);
    if (this.#keepAlives === null) return;
    const since = outcome.startMs;
    const tokens = tokensTo(this.#tree, outcome.leaf);
    this.#promptTokensMean += (tokens - this.#promptTokensMean) / 100;
    const weight = tokens / Math.max(1, this.#promptTokensMean);
    const curve = this.#curves.curveAfter(outcome.ending);
    if (!this.#waiting.follow(outcome.leaf, since, curve, weight)) return;
    this.#keepAlives.add(outcome.leaf, since, since);
  }

  #learnUsage(outcome: RequestOutcome, call: AwaitedCall): void {
    const { tokens, leaf } = outcome;
    if (tokens === null) return;
    this.#cache.learnRead(leaf, call, tokens.read);
    this.#bill.correct(
      costOf(tokens, this.#setting.ratios) - costOf(call.predicted, this.#setting.ratios),
    );
  }

  /** `allows` may refuse a call, which is then not made, and its prefix no longer watched. */
  nextKeepAlive(
    untilMs: number,
    allows: (call: KeepAliveCall) => boolean = () => true,
  ): KeepAliveCall | null {
    const queue = this.#keepAlives;
    if (queue === null) return null;
    for (let watch = queue.next(untilMs); watch !== null; watch = queue.next(untilMs)) {
      this.#waiting.advance(watch.dueMs);
      const curve = this.#waiting.followed(watch.leaf, watch.sinceMs);
      if (curve === null) continue;
      const entry = this.#cache.findEntry(watch.leaf, watch.dueMs);
      const tokens = tokensTo(this.#tree, entry);
      const long =
        this.#cache.lifetimeOf(entry) === "1h" && tokens * 2 > tokensTo(this.#tree, watch.leaf);
      if (!long || !keepAlivePays(curve, watch.dueMs - watch.sinceMs, this.#setting.ratios))
        continue;
      const markers: PlacedMarker[] = [{ node: entry, lifetime: "1h" }];
      const call = { atMs: watch.dueMs, prompt: watch.leaf, leaf: entry, markers };
      if (!allows(call)) continue;
      this.#bill.add(
        this.#cache.apply(entry, entry, watch.dueMs, markers),
        this.#setting.ratios,
        watch.dueMs,
      );
      queue.add(watch.leaf, watch.sinceMs, watch.dueMs);
      return call;
    }
    return null;
  }

  explain(): readonly string[] {
    return [
      ...this.#curves.explain(),
      ...this.#shared.explain(),
      ...this.#cache.explain(),
      ...this.#caution.explain(),
    ];
  }

  /** Forgets all about `node`; its index is about to be given to another prefix. */
  forget(node: PrefixIndex): void {
    this.#memory.forget(node);
    this.#shared.forget(node);
    this.#curves.forgetPrompt(node);
    this.#waiting.forget(node);
    this.#cache.forget(node);
    this.#rules.forget(node);
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
    entry: PrefixIndex,
    gap: { readonly short: number; readonly long: number },
  ): readonly PlacedMarker[] {
    const { leaf, startMs, index } = request;
    const { prefixTokensMin, ratios } = this.#setting;
    if (tokensTo(this.#tree, leaf) < prefixTokensMin) return [];
    return chooseMarkers({
      tree: this.#tree,
      requestIndex: index,
      ratios,
      prefixTokensMin,
      leaf,
      entry,
      entryLifetime: this.#cache.lifetimeOf(entry),
      longEntry: this.#cache.findLongEntry(entry, arrival.known, startMs),
      carries: this.#cache.assumptions.longMarkerCarriesPrefix,
      betterLifetime: this.#rules.betterLifetime,
      writeWorth: this.#caution.writeWorth(),
      gap,
      othersHoldTokens: this.#othersHoldTokens(leaf),
      freeHold: this.#freeHold(entry, startMs, index),
      worthySharedPrefix: this.#worthySharedPrefix(leaf, entry, index),
      sections: this.#sections(leaf, entry, startMs),
    });
  }

  #worthySharedPrefix(leaf: PrefixIndex, entry: PrefixIndex, index: number): PrefixIndex {
    const { ratios, prefixTokensMin } = this.#setting;
    const worth = this.#caution.writeWorth() * (ratios.write5m - ratios.read);
    const least = Math.max(tokensTo(this.#tree, entry) + 1, prefixTokensMin);
    let node = this.#memory.nearestShared(leaf);
    for (let count = 0; count < SHARED_PREFIXES_WATCHED_MAX && node !== NO_NODE; count += 1) {
      if (tokensTo(this.#tree, node) < least) return NO_NODE;
      const pays = this.#shared.soonChance(node) * worth > ratios.write5m - 1;
      if (pays && canMark(this.#tree, node, index)) return node;
      node = this.#memory.sharedAbove(node);
    }
    return NO_NODE;
  }

  /** The end of the last section on the path; without sections, the first place where paths part. */
  #sectionOf(leaf: PrefixIndex): PrefixIndex {
    let first = NO_NODE;
    let node = this.#memory.nearestShared(leaf);
    for (let count = 0; count < SECTION_SEARCH_BLOCKS_MAX && node !== NO_NODE; count += 1) {
      const kind = placeKindOf(this.#tree, node);
      if (kind === "system" || kind === "tools") return node;
      first = node;
      node = this.#memory.sharedAbove(node);
    }
    return first;
  }

  /** The end of the last section and the end of the tools, each with the lifetime to mark it for. */
  #sections(leaf: PrefixIndex, entry: PrefixIndex, nowMs: number): readonly PlacedMarker[] {
    const section = this.#sectionOf(leaf);
    if (section === NO_NODE) return [];
    const lifetime = this.#sectionLifetime(section, entry, nowMs);
    const places: PlacedMarker[] = lifetime === null ? [] : [{ node: section, lifetime }];
    const tools = this.#toolsAbove(section);
    if (tools === NO_NODE) return places;
    const below = this.#guardLifetime(tools, entry, nowMs, lifetime ?? "5m");
    if (below !== null) places.push({ node: tools, lifetime: below });
    return places;
  }

  /** Tokens of the path that other paths keep alive: each shared prefix by the chance that they do. */
  #othersHoldTokens(leaf: PrefixIndex): number {
    let most = 0;
    let node = this.#memory.nearestShared(leaf);
    for (let count = 0; count < SHARED_PREFIXES_WATCHED_MAX && node !== NO_NODE; count += 1) {
      most = Math.max(most, this.#shared.forkChance(node) * tokensTo(this.#tree, node));
      node = this.#memory.sharedAbove(node);
    }
    return most;
  }

  #toolsAbove(section: PrefixIndex): PrefixIndex {
    if (placeKindOf(this.#tree, section) !== "system") return NO_NODE;
    let node = section;
    for (let count = 0; count < SECTION_SEARCH_BLOCKS_MAX && node !== NO_NODE; count += 1) {
      const kind = placeKindOf(this.#tree, node);
      if (kind === "tools") return node;
      if (kind !== "system" && kind !== "settings") return NO_NODE;
      node = this.#tree.parent[node] ?? NO_NODE;
    }
    return NO_NODE;
  }

  #sectionLifetime(section: PrefixIndex, entry: PrefixIndex, nowMs: number): Lifetime | null {
    const missing = tokensTo(this.#tree, section) - tokensTo(this.#tree, entry);
    if (missing >= 0) this.#shared.learnFoundNothingBeyond(section, nowMs, missing > 0);
    return this.#guardLifetime(
      section,
      entry,
      nowMs,
      missing > 0 ? this.#shared.lifetimeFor(section, this.#setting.ratios) : "5m",
    );
  }

  /**
   * For how long to mark a place that other paths may leave from; `null` for not at all. Inside what is
   * read, an hour is free where no entry lives: so one of five minutes is left to die, and then replaced.
   */
  #guardLifetime(
    node: PrefixIndex,
    entry: PrefixIndex,
    nowMs: number,
    written: Lifetime,
  ): Lifetime | null {
    const inside = tokensTo(this.#tree, node) < tokensTo(this.#tree, entry);
    const alive = this.#cache.isReadable(node, nowMs);
    if (!inside) return alive ? this.#cache.lifetimeOf(node) : written;
    if (alive && this.#cache.lifetimeOf(node) === "1h") return "1h";
    if (!this.#marksFreely(entry)) return alive ? "5m" : written;
    return alive && this.#cache.assumptions.refreshes !== "whole-prefix" ? null : "1h";
  }

  /** Whether a marker for an hour inside what is read leaves an entry for an hour, at no charge. */
  #marksFreely(entry: PrefixIndex): boolean {
    const { writesBelowHit, longMarkerCarriesPrefix } = this.#cache.assumptions;
    return writesBelowHit && (longMarkerCarriesPrefix || this.#cache.lifetimeOf(entry) === "1h");
  }

  #freeHold(entry: PrefixIndex, nowMs: number, index: number): PrefixIndex {
    if (entry === NO_NODE || this.#cache.lifetimeOf(entry) === "1h") return NO_NODE;
    if (!this.#marksFreely(entry)) return NO_NODE;
    let node = this.#tree.parent[entry] ?? NO_NODE;
    for (let count = 0; count < FREE_HOLD_SEARCH_BLOCKS_MAX && node !== NO_NODE; count += 1) {
      if (tokensTo(this.#tree, node) < this.#setting.prefixTokensMin) return NO_NODE;
      const alive = this.#cache.isReadable(node, nowMs);
      if (alive && this.#cache.lifetimeOf(node) === "1h") return NO_NODE;
      if (!alive && canMark(this.#tree, node, index)) return node;
      node = this.#tree.parent[node] ?? NO_NODE;
    }
    return NO_NODE;
  }
}

/** Without what is fresh at the end of the prompt, which the planner does not know of. */
function costOf(tokens: TokensByClass, ratios: PriceRatios): number {
  const { read, write5m, write1h } = tokens;
  return read * (ratios.read - 1) + write5m * (ratios.write5m - 1) + write1h * (ratios.write1h - 1);
}
