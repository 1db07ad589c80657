/**
 * Purser's own planner: learns from past traffic when prefixes are asked for again, and marks what is
 * worth its price. docs/concepts/prompt-cache.md explains how it decides.
 */
import type { CachePolicy, PolicyFactory, PolicySetting, RequestToPlan } from "../policies/policy.ts";
import { canMark } from "../policies/fixed.ts";
import { createCacheState, type CacheState, isReadable } from "../prediction/cache-state.ts";
import { predictAndApply } from "../prediction/predict.ts";
import { DEFAULT_ASSUMPTIONS, LOOKBACK_POSITIONS_MAX } from "../prediction/rules.ts";
import { NO_NODE, type PrefixIndex, type PrefixTree, placeKindOf } from "../workload/prefix-tree.ts";
import { LIFETIME_MS, type Lifetime, type PlacedMarker } from "../workload/workload.ts";
import { createGapCurve, type GapCurve, type NextGap, nextGapOf, priorCurve } from "./gap-statistics.ts";
import { WaitingPlaces } from "./waiting-places.ts";

const K = globalThis as unknown as { PURSER?: Record<string, number> };
const P = (name: string, value: number): number => K.PURSER?.[name] ?? value;

type Kind = "opening" | "user_text" | "tool_result";

/** Nodes looked at above the first known one when the longest live entry is searched. */
const ENTRY_SEARCH_NODES_MAX = 64;
const ROOTS_MAX = 4096;

export const purserPolicy: PolicyFactory = (setting) => new Planner(setting);

class Planner implements CachePolicy {
  readonly name: string = "purser";
  readonly tree: PrefixTree;
  readonly setting: PolicySetting;
  readonly state: CacheState;
  readonly visitedMs: Float64Array;
  readonly turns: Int32Array;
  readonly root: Int32Array;
  readonly anchor: Int32Array;
  readonly special: Int32Array;
  readonly isSpecial: Uint8Array;
  readonly visits: Float64Array;
  readonly shortVisits: Float64Array;
  readonly lost: Float64Array;
  readonly occasions: Float64Array;
  readonly waiting = new WaitingPlaces();
  readonly curves = new Map<string, GapCurve>();
  readonly rootCurves = new Map<PrefixIndex, Map<string, GapCurve>>();
  readonly smallStep = { opening: 300, user_text: 300, tool_result: 300 };
  specialLost = 0.1;
  specialOccasions = 1;
  specialShort = 1;
  specialVisits = 3;

  constructor(setting: PolicySetting) {
    const size = setting.tree.size;
    this.setting = setting;
    this.tree = setting.tree;
    this.state = createCacheState(size);
    this.visitedMs = new Float64Array(size).fill(-1);
    this.turns = new Int32Array(size);
    this.root = new Int32Array(size);
    this.anchor = new Int32Array(size).fill(NO_NODE);
    this.special = new Int32Array(size).fill(NO_NODE);
    this.isSpecial = new Uint8Array(size);
    this.visits = new Float64Array(size);
    this.shortVisits = new Float64Array(size);
    this.lost = new Float64Array(size);
    this.occasions = new Float64Array(size);
    const base: Record<Kind, GapCurve> = {
      opening: priorCurve(0.15, 0.25, 1),
      user_text: priorCurve(0.5, 0.75, 1),
      tool_result: priorCurve(0.93, 0.97, 1),
    };
    for (const kind of ["opening", "user_text", "tool_result"] as const) {
      const own = createGapCurve(base[kind]);
      this.curves.set(kind, own);
    }
  }

  curveFor(kind: Kind, turn: number, root: PrefixIndex): GapCurve {
    const bucket = turn <= 1 ? "1" : turn === 2 ? "2" : turn < 10 ? "9" : "+";
    const key = `${kind}/${bucket}`;
    let classCurve = this.curves.get(key);
    if (classCurve === undefined) {
      classCurve = createGapCurve(this.curves.get(kind) ?? null);
      this.curves.set(key, classCurve);
    }
    let byKind = this.rootCurves.get(root);
    if (byKind === undefined) {
      byKind = new Map();
      this.rootCurves.set(root, byKind);
      if (this.rootCurves.size > ROOTS_MAX) {
        const oldest = this.rootCurves.keys().next().value;
        if (oldest !== undefined) this.rootCurves.delete(oldest);
      }
    }
    let curve = byKind.get(key);
    if (curve === undefined) {
      curve = createGapCurve(classCurve);
      byKind.set(key, curve);
    }
    return curve;
  }

  plan(request: RequestToPlan): readonly PlacedMarker[] {
    const { tree } = this;
    const { leaf, startMs: now, index } = request;
    if (leaf === NO_NODE) return [];
    this.waiting.advance(now);
    // New part, deepest first, down to the first known node.
    const fresh: PrefixIndex[] = [];
    let known = leaf;
    while (known !== NO_NODE && (this.visitedMs[known] ?? -1) < 0) {
      fresh.push(known);
      known = tree.parent[known] ?? NO_NODE;
    }
    const waited = known === NO_NODE ? null : this.waiting.asked(known, now);
    if (known !== NO_NODE && waited === null && fresh.length > 0 && this.isSpecial[known] === 0) {
      this.isSpecial[known] = 1;
    }
    // Columns of the new nodes, from the top down.
    const wasContinued = known !== NO_NODE && (this.turns[known] ?? 0) > 0;
    let above = known;
    for (let i = fresh.length - 1; i >= 0; i -= 1) {
      const node = fresh[i] ?? 0;
      this.root[node] = above === NO_NODE ? node : (this.root[above] ?? node);
      this.anchor[node] = above === NO_NODE ? NO_NODE : (this.anchor[above] ?? NO_NODE);
      this.special[node] = above === NO_NODE ? NO_NODE : this.isSpecial[above] === 1 ? above : (this.special[above] ?? NO_NODE);
      this.turns[node] = above === NO_NODE ? 0 : (this.turns[above] ?? 0);
      const kind = placeKindOf(tree, node);
      const parentKind = kind;
      if ((kind === "system" || kind === "tools") ) this.isSpecial[node] = 1;
      void parentKind;
      above = node;
    }
    if (known !== NO_NODE && this.isSpecial[known] === 1) {
      // A branch that shows later is found through the node itself.
      for (const node of fresh) if ((this.special[node] ?? NO_NODE) === NO_NODE) this.special[node] = known;
    }
    if (fresh.length > 0) this.turns[leaf] = (this.turns[leaf] ?? 0) + 1;
    const turn = Math.max(1, this.turns[leaf] ?? 1);
    const leafKind = placeKindOf(tree, leaf);
    const kind: Kind = leafKind === "tool_result" ? "tool_result" : wasContinued ? "user_text" : "opening";
    const curve = this.curveFor(kind, turn, this.root[leaf] ?? leaf);
    const gap = nextGapOf(curve);

    const markers = this.decide(request, fresh, known, kind, gap);
    // Own picture of the cache.
    predictAndApply(
      { tree, state: this.state, prefixTokensMin: this.setting.prefixTokensMin, assumptions: DEFAULT_ASSUMPTIONS },
      { leaf, tailTokens: 0, startMs: now, responseBeginMs: now, cancelled: false },
      markers,
    );
    for (const marker of markers) {
      if (marker.lifetime === "1h" && this.state.lifetimeMs[marker.node] === LIFETIME_MS["1h"]) this.anchor[leaf] = marker.node;
    }
    for (const node of fresh) this.visitedMs[node] = now;
    this.touchSpecials(leaf, now);
    if (leaf === known) this.visitedMs[leaf] = now;
    this.waiting.add(leaf, now, curve);
    return markers;
  }

  touchSpecials(leaf: PrefixIndex, now: number): void {
    let node = this.isSpecial[leaf] === 1 ? leaf : (this.special[leaf] ?? NO_NODE);
    for (let i = 0; i < 6 && node !== NO_NODE; i += 1) {
      const before = this.visitedMs[node] ?? -1;
      const n = this.visits[node] ?? 0;
      if (n > 0) {
        const soon = now - before <= LIFETIME_MS["5m"] ? 1 : 0;
        this.shortVisits[node] = (this.shortVisits[node] ?? 0) + soon;
        this.specialVisits += 1;
        this.specialShort += soon;
      }
      this.visits[node] = n + 1;
      this.visitedMs[node] = now;
      node = this.special[node] ?? NO_NODE;
    }
  }

  /** The longest live entry on the path at or above `known`. */
  findEntry(known: PrefixIndex, now: number): PrefixIndex {
    let node = known;
    for (let i = 0; i < ENTRY_SEARCH_NODES_MAX && node !== NO_NODE; i += 1) {
      if (isReadable(this.state, node, now)) return node;
      node = this.tree.parent[node] ?? NO_NODE;
    }
    if (node === NO_NODE) return NO_NODE;
    const anchor = known === NO_NODE ? NO_NODE : (this.anchor[known] ?? NO_NODE);
    if (anchor !== NO_NODE && this.tokensTo(anchor) <= this.tokensTo(node) && isReadable(this.state, anchor, now)) return anchor;
    let special = this.special[node] ?? NO_NODE;
    for (let i = 0; i < 16 && special !== NO_NODE; i += 1) {
      if (isReadable(this.state, special, now)) return special;
      special = this.special[special] ?? NO_NODE;
    }
    return NO_NODE;
  }

  tokensTo(node: PrefixIndex): number {
    return node === NO_NODE ? 0 : (this.tree.prefixTokens[node] ?? 0);
  }

  decide(
    request: RequestToPlan,
    fresh: readonly PrefixIndex[],
    known: PrefixIndex,
    kind: Kind,
    gap: NextGap,
  ): readonly PlacedMarker[] {
    const { tree, state, setting } = this;
    const { leaf, startMs: now, index } = request;
    const { read } = setting.ratios;
    const short = setting.ratios.write5m;
    const long = setting.ratios.write1h;
    const min = setting.prefixTokensMin;
    const C = this.tokensTo(leaf);
    if (C < min) return [];
    const entry = this.findEntry(leaf, now);
    const A = this.tokensTo(entry);
    // The deepest entry that lives for an hour.
    let held = entry !== NO_NODE && state.lifetimeMs[entry] === LIFETIME_MS["1h"] ? entry : NO_NODE;
    if (held === NO_NODE && known !== NO_NODE) {
      const anchor = this.anchor[known] ?? NO_NODE;
      if (anchor !== NO_NODE && this.tokensTo(anchor) <= A && isReadable(state, anchor, now)) held = anchor;
    }
    const H = this.tokensTo(held);
    const worth = 1 + P("w", 0.15) - read;
    const worthLost = short - read;

    // How far to write for five minutes.
    let writeTo: PrefixIndex = NO_NODE;
    if (gap.short * worth > short - 1) writeTo = leaf;
    else {
      let node = this.isSpecial[leaf] === 1 ? leaf : (this.special[leaf] ?? NO_NODE);
      for (let i = 0; i < 6 && node !== NO_NODE; i += 1) {
        const base = this.specialShort / this.specialVisits;
        const p = ((this.shortVisits[node] ?? 0) + 3 * base) / ((this.visits[node] ?? 0) + 3);
        if (this.tokensTo(node) > A && this.tokensTo(node) >= min && canMark(tree, node, index) && p * worth > short - 1) {
          writeTo = node;
          break;
        }
        node = this.special[node] ?? NO_NODE;
      }
    }
    // Where to hold the prefix for an hour: small additions carry all that is before them.
    let hold: PrefixIndex = NO_NODE;
    let best = 0;
    const beta = (long - short) * this.smallStep[kind] * P("beta", 1);
    let candidate = leaf;
    let smallest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 8 && candidate !== NO_NODE && this.tokensTo(candidate) > A; i += 1) {
      const m = this.tokensTo(candidate);
      if (m >= min && canMark(tree, candidate, index)) {
        smallest = Math.min(smallest, m - A);
        const written = writeTo === leaf || m <= this.tokensTo(writeTo);
        const extra = written ? (long - short) * (m - A) : (long - 1) * (m - A) - gap.short * worth * (m - A);
        const gain = gap.long * worthLost * (m - H) + (written ? beta * Math.min(1, (m - H) / 5000) : 0) - extra;
        if (gain > best) {
          best = gain;
          hold = candidate;
        }
      }
      candidate = tree.parent[candidate] ?? NO_NODE;
    }
    if (Number.isFinite(smallest) && A > 0) {
      const now = this.smallStep[kind];
      // A running estimate of the lower quartile.
      this.smallStep[kind] = Math.max(20, smallest > now ? now * 1.01 : now * 0.97);
    }
    // Sections for an hour.
    const section = this.deepestSection(leaf);
    const wanted: { node: PrefixIndex; lifetime: Lifetime }[] = [];
    const add = (node: PrefixIndex, lifetime: Lifetime): void => {
      if (node === NO_NODE || !canMark(tree, node, index) || this.tokensTo(node) < min) return;
      const same = wanted.find((w) => w.node === node);
      if (same !== undefined) {
        if (lifetime === "1h") same.lifetime = "1h";
        return;
      }
      wanted.push({ node, lifetime });
    };
    if (writeTo !== NO_NODE && this.tokensTo(writeTo) > A) add(writeTo, "5m");
    if (hold !== NO_NODE) add(hold, "1h");
    // What reaches the entry to read, and what keeps the hour alive.
    if (entry !== NO_NODE) {
      const reach = wanted.some((w) => (tree.position[w.node] ?? 0) - (tree.position[entry] ?? 0) < LOOKBACK_POSITIONS_MAX && this.reachable(w.node, entry));
      if (!reach) add(entry, state.lifetimeMs[entry] === LIFETIME_MS["1h"] ? "1h" : "5m");
    }
    if (held !== NO_NODE && held !== entry) add(held, "1h");
    if (section !== NO_NODE && wanted.length < 4 && (this.tokensTo(section) <= A || this.tokensTo(writeTo) > this.tokensTo(section))) {
      add(section, this.sectionLifetime(section, now, entry, A));
    }
    // A second place near the end, for a turn that is sent again.
    if (wanted.length < 4 && writeTo === leaf && fresh.length > 1) {
      const before = tree.parent[leaf] ?? NO_NODE;
      if (this.tokensTo(before) > A) add(before, "5m");
    }
    return this.ordered(wanted, A);
  }

  reachable(from: PrefixIndex, entry: PrefixIndex): boolean {
    return this.tokensTo(from) >= this.tokensTo(entry);
  }

  deepestSection(leaf: PrefixIndex): PrefixIndex {
    let node = this.isSpecial[leaf] === 1 ? leaf : (this.special[leaf] ?? NO_NODE);
    let first = NO_NODE;
    for (let i = 0; i < 16 && node !== NO_NODE; i += 1) {
      const kind = placeKindOf(this.tree, node);
      if (kind === "system" || kind === "tools") return node;
      first = node;
      node = this.special[node] ?? NO_NODE;
    }
    return first;
  }

  sectionLifetime(section: PrefixIndex, now: number, entry: PrefixIndex, A: number): Lifetime {
    const { ratios } = this.setting;
    const before = this.visitedMs[section] ?? -1;
    const gapMs = before < 0 ? 0 : now - before;
    const mid = gapMs > LIFETIME_MS["5m"] && gapMs <= LIFETIME_MS["1h"];
    if (mid && A <= this.tokensTo(section)) {
      this.lost[section] = (this.lost[section] ?? 0) + 1;
      this.specialLost += 1;
    }
    if (A < this.tokensTo(section)) {
      this.occasions[section] = (this.occasions[section] ?? 0) + 1;
      this.specialOccasions += 1;
      const base = this.specialLost / this.specialOccasions;
      const expected = ((this.lost[section] ?? 0) + 2 * base) / ((this.occasions[section] ?? 0) + 2);
      return expected * (ratios.write5m - ratios.read) > ratios.write1h - ratios.write5m ? "1h" : "5m";
    }
    return this.state.lifetimeMs[section] === LIFETIME_MS["1h"] ? "1h" : "5m";
  }

  ordered(wanted: { node: PrefixIndex; lifetime: Lifetime }[], A: number): readonly PlacedMarker[] {
    wanted.sort((a, b) => this.tokensTo(a.node) - this.tokensTo(b.node));
    let long = false;
    for (let i = wanted.length - 1; i >= 0; i -= 1) {
      const marker = wanted[i];
      if (marker === undefined) continue;
      if (marker.lifetime === "1h") long = true;
      else if (long) marker.lifetime = "1h";
    }
    void A;
    return wanted.slice(-4);
  }

  explain(): readonly string[] {
    const lines: string[] = [];
    for (const [key, curve] of this.curves) {
      const gap = nextGapOf(curve);
      lines.push(`${key}: ${(100 * gap.short).toFixed(1)}% within 5m, ${(100 * gap.long).toFixed(1)}% more within 1h (${(curve.waiting[0] ?? 0).toFixed(0)} seen)`);
    }
    return lines;
  }
}
