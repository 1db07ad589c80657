/**
 * Prefixes that many requests share: ends of sections and places where paths part. Each is watched on
 * its own, and leans on what was learned of all.
 */
import type { PriceRatios } from "../prediction/rules.ts";
import { NO_NODE, type PrefixIndex } from "../workload/prefix-tree.ts";
import { LIFETIME_MS, type Lifetime } from "../workload/workload.ts";
import type { PathMemory } from "./path-memory.ts";

/** Shared prefixes of one path that are watched, nearest to its end first. */
export const SHARED_PREFIXES_WATCHED_MAX = 6;
/** Weight, in observations, of what was learned of all shared prefixes. */
const LEAN_VISITS = 3;
const LEAN_WRITES = 2;

export class SharedPrefixes {
  readonly #memory: PathMemory;
  readonly #visits: Float64Array;
  readonly #soonVisits: Float64Array;
  readonly #writes: Float64Array;
  /** Visits after more than five minutes and less than an hour, that found nothing longer alive. */
  readonly #wouldHaveHeld: Float64Array;
  /** Visits by paths that leave here, and when the last one was: what keeps it alive for all the others. */
  readonly #forks: Float64Array;
  readonly #soonForks: Float64Array;
  readonly #forkedMs: Float64Array;
  readonly #all = { visits: 3, soonVisits: 1, writes: 1, wouldHaveHeld: 0.1 };

  constructor(size: number, memory: PathMemory) {
    this.#memory = memory;
    this.#visits = new Float64Array(size);
    this.#soonVisits = new Float64Array(size);
    this.#writes = new Float64Array(size);
    this.#wouldHaveHeld = new Float64Array(size);
    this.#forks = new Float64Array(size);
    this.#soonForks = new Float64Array(size);
    this.#forkedMs = new Float64Array(size);
  }

  /** The chance that a path which leaves at `node` asks for it within five minutes, doubted at first. */
  forkChance(node: PrefixIndex): number {
    return (this.#soonForks[node] ?? 0) / ((this.#forks[node] ?? 0) + LEAN_VISITS);
  }

  /** The chance that some request asks for `node` within five minutes. */
  soonChance(node: PrefixIndex): number {
    const base = this.#all.soonVisits / this.#all.visits;
    const soon = (this.#soonVisits[node] ?? 0) + LEAN_VISITS * base;
    return soon / ((this.#visits[node] ?? 0) + LEAN_VISITS);
  }

  /** Learns from a visit at `nowMs` of every shared prefix on the path to `leaf`, which was new from `known` on. */
  visitPath(leaf: PrefixIndex, known: PrefixIndex, nowMs: number): void {
    let node = this.#memory.nearestShared(leaf);
    // Prefixes grow downwards: once `known` was passed on the way up, the path did not leave here.
    let leaves = true;
    for (let count = 0; count < SHARED_PREFIXES_WATCHED_MAX && node !== NO_NODE; count += 1) {
      this.#visit(node, nowMs);
      leaves &&= this.#memory.isAtOrBelow(node, known);
      if (leaves) this.#fork(node, nowMs);
      node = this.#memory.sharedAbove(node);
    }
  }

  #fork(node: PrefixIndex, nowMs: number): void {
    const before = this.#forkedMs[node] ?? 0;
    if ((this.#forks[node] ?? 0) > 0 && nowMs - before <= LIFETIME_MS["5m"]) {
      this.#soonForks[node] = (this.#soonForks[node] ?? 0) + 1;
    }
    this.#forks[node] = (this.#forks[node] ?? 0) + 1;
    this.#forkedMs[node] = nowMs;
  }

  #visit(node: PrefixIndex, nowMs: number): void {
    const visits = this.#visits[node] ?? 0;
    if (visits > 0) {
      const soon = nowMs - this.#memory.visitedMs(node) <= LIFETIME_MS["5m"] ? 1 : 0;
      this.#soonVisits[node] = (this.#soonVisits[node] ?? 0) + soon;
      this.#all.visits += 1;
      this.#all.soonVisits += soon;
    }
    this.#visits[node] = visits + 1;
    this.#memory.visitShared(node, nowMs);
  }

  /** A visit at `nowMs` that found nothing alive beyond `node`; `writes` if not even that. */
  learnFoundNothingBeyond(node: PrefixIndex, nowMs: number, writes: boolean): void {
    const before = this.#memory.visitedMs(node);
    const gapMs = before < 0 ? 0 : nowMs - before;
    if (gapMs > LIFETIME_MS["5m"] && gapMs <= LIFETIME_MS["1h"]) {
      this.#wouldHaveHeld[node] = (this.#wouldHaveHeld[node] ?? 0) + 1;
      this.#all.wouldHaveHeld += 1;
    }
    if (!writes) return;
    this.#writes[node] = (this.#writes[node] ?? 0) + 1;
    this.#all.writes += 1;
  }

  /** The lifetime at which writing `node` pays, by how often an hour would have held it per write. */
  lifetimeFor(node: PrefixIndex, ratios: PriceRatios): Lifetime {
    const base = this.#all.wouldHaveHeld / this.#all.writes;
    const held = (this.#wouldHaveHeld[node] ?? 0) + LEAN_WRITES * base;
    const expected = held / ((this.#writes[node] ?? 0) + LEAN_WRITES);
    const pays = expected * (ratios.write5m - ratios.read) > ratios.write1h - ratios.write5m;
    return pays ? "1h" : "5m";
  }

  forget(node: PrefixIndex): void {
    this.#visits[node] = 0;
    this.#soonVisits[node] = 0;
    this.#writes[node] = 0;
    this.#wouldHaveHeld[node] = 0;
    this.#forks[node] = 0;
    this.#soonForks[node] = 0;
  }

  explain(): readonly string[] {
    const soon = (100 * this.#all.soonVisits) / this.#all.visits;
    const held = this.#all.wouldHaveHeld / this.#all.writes;
    return [
      `shared prefixes: asked for again within 5 minutes ${soon.toFixed(1)}%, an hour would have held ${held.toFixed(2)} visits per write`,
    ];
  }
}
