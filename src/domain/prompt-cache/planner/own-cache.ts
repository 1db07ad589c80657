/**
 * The planner's own picture of the provider's cache: what its markers left there, by the documented rules
 * and the readings of the open points that it holds. Answers correct the picture, and the readings.
 */
import type { PolicySetting } from "../policies/index.ts";
import { clearEntry, createCacheState, isReadable, writeEntry } from "../prediction/cache-state.ts";
import { predictAndApply, type TokensByClass } from "../prediction/predict.ts";
import type { CacheAssumptions } from "../prediction/rules.ts";
import { NO_NODE, type PrefixIndex, type PrefixTree } from "../workload/prefix-tree.ts";
import { LIFETIME_MS, type Lifetime, type PlacedMarker } from "../workload/workload.ts";
import { tokensTo } from "./choose-markers.ts";
import type { PathMemory } from "./path-memory.ts";
import { CARRIED, Readings, WRITTEN_BELOW } from "./readings.ts";
import { SHARED_PREFIXES_WATCHED_MAX } from "./shared-prefixes.ts";

/** Blocks looked at, from the end of a prompt up, for the longest live entry. */
const ENTRY_SEARCH_BLOCKS_MAX = 64;
/** Calls whose response is still awaited. */
const AWAITED_CALLS_MAX = 65_536;
/** An answer that read less than this share of what was predicted missed the entry. */
const READ_SHARE_MIN = 0.8;
/** An entry younger than this may not have been readable yet. */
const SETTLED_ENTRY_MS = 60_000;
/** Weight of one response in the typical time until a response begins. */
const LATENCY_WEIGHT = 0.05;

export type AwaitedCall = {
  readonly startMs: number;
  readonly entry: PrefixIndex;
  /** Bits of the readings that the entry's life rests on. */
  readonly restsOn: number;
  readonly markers: readonly PlacedMarker[];
  readonly predicted: TokensByClass;
};

export class OwnCache {
  readonly #tree: PrefixTree;
  readonly #memory: PathMemory;
  readonly #prefixTokensMin: number;
  readonly #state;
  readonly #readings: Readings;
  /** Per entry, the readings that it rests on. */
  readonly #restsOn: Uint8Array;
  readonly #awaited = new Map<PrefixIndex, AwaitedCall>();
  #latencyMs = 1_000;

  constructor(setting: PolicySetting, memory: PathMemory) {
    this.#tree = setting.tree;
    this.#memory = memory;
    this.#prefixTokensMin = setting.prefixTokensMin;
    this.#state = createCacheState(setting.tree.size);
    this.#readings = new Readings(setting.assumptions);
    this.#restsOn = new Uint8Array(setting.tree.size);
  }

  /** The readings of the open points that are held at present. */
  get assumptions(): CacheAssumptions {
    return this.#readings.held;
  }

  /** When the response to a call that starts now is expected to begin. */
  beginsMs(startMs: number): number {
    return startMs + this.#latencyMs;
  }

  isReadable(node: PrefixIndex, nowMs: number): boolean {
    return isReadable(this.#state, node, nowMs);
  }

  lifetimeOf(entry: PrefixIndex): Lifetime {
    return this.#state.lifetimeMs[entry] === LIFETIME_MS["1h"] ? "1h" : "5m";
  }

  /** The longest live entry on the path to `leaf`. */
  findEntry(leaf: PrefixIndex, nowMs: number): PrefixIndex {
    let node = leaf;
    for (let count = 0; count < ENTRY_SEARCH_BLOCKS_MAX && node !== NO_NODE; count += 1) {
      if (isReadable(this.#state, node, nowMs)) return node;
      node = this.#tree.parent[node] ?? NO_NODE;
    }
    return node === NO_NODE ? NO_NODE : this.#findEntryFarAbove(node, nowMs);
  }

  /** Beyond the search: the last block marked for an hour, then the shared prefixes. */
  #findEntryFarAbove(from: PrefixIndex, nowMs: number): PrefixIndex {
    const marked = this.#memory.longEntryFor(from);
    if (marked !== NO_NODE && isReadable(this.#state, marked, nowMs)) return marked;
    let node = this.#memory.nearestShared(from);
    for (let count = 0; count < SHARED_PREFIXES_WATCHED_MAX && node !== NO_NODE; count += 1) {
      if (isReadable(this.#state, node, nowMs)) return node;
      node = this.#memory.sharedAbove(node);
    }
    return NO_NODE;
  }

  /** The longest live entry of an hour, no longer than `entry`. */
  findLongEntry(entry: PrefixIndex, known: PrefixIndex, nowMs: number): PrefixIndex {
    if (entry === NO_NODE || this.lifetimeOf(entry) === "1h") return entry;
    const marked = this.#memory.longEntryFor(known);
    if (marked === NO_NODE || !isReadable(this.#state, marked, nowMs)) return NO_NODE;
    return tokensTo(this.#tree, marked) <= tokensTo(this.#tree, entry) ? marked : NO_NODE;
  }

  /** Applies a call to the picture. `entry` is the longest live one, as {@link findEntry} finds it. */
  apply(
    leaf: PrefixIndex,
    entry: PrefixIndex,
    nowMs: number,
    markers: readonly PlacedMarker[],
  ): TokensByClass {
    const restsOn = this.#restsOnNow(entry, nowMs);
    for (const marker of markers) this.#noteReadings(entry, marker, nowMs);
    const predicted = this.#predict(leaf, nowMs, markers);
    for (const { node, lifetime } of markers) {
      if (lifetime === "1h" && this.lifetimeOf(node) === "1h") {
        this.#memory.rememberLongEntry(leaf, node);
      }
    }
    this.#await(leaf, { startMs: nowMs, entry, restsOn, markers, predicted });
    return predicted;
  }

  #predict(leaf: PrefixIndex, nowMs: number, markers: readonly PlacedMarker[]): TokensByClass {
    const setting = {
      tree: this.#tree,
      state: this.#state,
      prefixTokensMin: this.#prefixTokensMin,
      assumptions: this.#readings.held,
    };
    const responseBeginMs = this.beginsMs(nowMs);
    const call = { leaf, tailTokens: 0, startMs: nowMs, responseBeginMs, cancelled: false };
    return predictAndApply(setting, call, markers);
  }

  #await(leaf: PrefixIndex, call: AwaitedCall): void {
    this.#awaited.set(leaf, call);
    if (this.#awaited.size <= AWAITED_CALLS_MAX) return;
    const oldest = this.#awaited.keys().next();
    if (oldest.done !== true) this.#awaited.delete(oldest.value);
  }

  /** Which readings the life of `entry` rests on at `nowMs`. */
  #restsOnNow(entry: PrefixIndex, nowMs: number): number {
    const restsOn = entry === NO_NODE ? 0 : (this.#restsOn[entry] ?? 0);
    if (restsOn === 0) return 0;
    const ageMs = nowMs - this.#touchedMs(entry);
    if (ageMs < SETTLED_ENTRY_MS) return 0;
    return ageMs > LIFETIME_MS["5m"] ? restsOn : restsOn & ~CARRIED;
  }

  #touchedMs(entry: PrefixIndex): number {
    return (this.#state.expiresMs[entry] ?? 0) - (this.#state.lifetimeMs[entry] ?? 0);
  }

  /** Notes, before a call is applied, what the entry that `marker` leaves will rest on. */
  #noteReadings(entry: PrefixIndex, marker: PlacedMarker, nowMs: number): void {
    const { node } = marker;
    if (isReadable(this.#state, node, nowMs)) return;
    const below = tokensTo(this.#tree, node) < tokensTo(this.#tree, entry);
    const onShort =
      entry !== NO_NODE &&
      (this.lifetimeOf(entry) === "5m" || ((this.#restsOn[entry] ?? 0) & CARRIED) !== 0);
    const carried = marker.lifetime === "1h" && onShort ? CARRIED : 0;
    this.#restsOn[node] = carried | (below ? WRITTEN_BELOW : 0);
  }

  /** Takes out the call that `leaf` awaits since `startMs`, if there is one. */
  takeAwaited(leaf: PrefixIndex, startMs: number): AwaitedCall | null {
    const call = this.#awaited.get(leaf);
    if (call === undefined || call.startMs !== startMs) return null;
    this.#awaited.delete(leaf);
    return call;
  }

  /** Learns how long responses take to begin. */
  learnLatency(latencyMs: number): void {
    this.#latencyMs += LATENCY_WEIGHT * (latencyMs - this.#latencyMs);
  }

  /** Learns from what a response said was read: whether the entry lived, and so which readings hold. */
  learnRead(leaf: PrefixIndex, call: AwaitedCall, read: number): void {
    if (call.predicted.read === 0) return;
    const hit = read >= READ_SHARE_MIN * call.predicted.read;
    if (call.restsOn !== 0) this.#learnReading(call.restsOn, hit);
    if (hit || call.startMs - this.#writtenMs(call.entry) < SETTLED_ENTRY_MS) return;
    this.#dropLongerThan(call.entry, read);
    this.#predict(leaf, call.startMs, call.markers);
  }

  #writtenMs(entry: PrefixIndex): number {
    return entry === NO_NODE ? 0 : (this.#state.readableMs[entry] ?? 0);
  }

  #dropLongerThan(entry: PrefixIndex, read: number): void {
    let node = entry;
    while (node !== NO_NODE && tokensTo(this.#tree, node) > read) {
      clearEntry(this.#state, node);
      node = this.#tree.parent[node] ?? NO_NODE;
    }
  }

  #learnReading(restsOn: number, hit: boolean): void {
    if (!this.#readings.learn(restsOn, hit)) return;
    const carries = this.#readings.held.longMarkerCarriesPrefix;
    const below = this.#readings.held.writesBelowHit;
    for (let node = 0; node < this.#restsOn.length; node += 1) {
      const rests = this.#restsOn[node] ?? 0;
      if (!below && (rests & WRITTEN_BELOW) !== 0) this.#forgetEntry(node);
      else if (!carries && (rests & CARRIED) !== 0) this.#shorten(node);
    }
  }

  #forgetEntry(node: PrefixIndex): void {
    clearEntry(this.#state, node);
    this.#restsOn[node] = 0;
  }

  /** The entry was taken to live for an hour, and lives for five minutes. */
  #shorten(node: PrefixIndex): void {
    const touchedMs = this.#touchedMs(node);
    const readableMs = this.#state.readableMs[node] ?? 0;
    this.#forgetEntry(node);
    writeEntry(this.#state, node, "5m", touchedMs, readableMs);
  }

  explain(): readonly string[] {
    return this.#readings.explain();
  }

  forget(node: PrefixIndex): void {
    this.#forgetEntry(node);
    this.#awaited.delete(node);
  }
}
