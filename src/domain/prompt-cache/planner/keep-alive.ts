/** When a prefix that nobody asks for is worth being read again, so that it stays alive. */
import type { PriceRatios } from "../prediction/rules.ts";
import type { PrefixIndex } from "../workload/prefix-tree.ts";
import { LIFETIME_MS } from "../workload/workload.ts";
import { AGE_EDGES_MS, AGE_SPANS, doubtedChanceIn, type GapCurve } from "./gap-statistics.ts";

/** How long before it would expire an entry is read again. */
export const KEEP_ALIVE_MARGIN_MS = 15_000;
/** Prefixes watched for a keep-alive at once. */
export const KEEP_ALIVES_MAX = 16_384;

export type Watch = {
  readonly dueMs: number;
  readonly leaf: PrefixIndex;
  readonly sinceMs: number;
};

/** Watches in order of their due time, which is the order in which they are added. */
export class KeepAliveQueue {
  #watches: Watch[] = [];
  #first = 0;

  add(leaf: PrefixIndex, sinceMs: number, nowMs: number): void {
    if (this.#watches.length - this.#first >= KEEP_ALIVES_MAX) return;
    this.#watches.push({ leaf, sinceMs, dueMs: nowMs + LIFETIME_MS["1h"] - KEEP_ALIVE_MARGIN_MS });
  }

  /** The next watch due by `untilMs`, taken out of the queue. */
  next(untilMs: number): Watch | null {
    const watch = this.#watches[this.#first];
    if (watch === undefined || watch.dueMs > untilMs) return null;
    this.#first += 1;
    if (this.#first > 1024 && this.#first * 2 > this.#watches.length) {
      this.#watches = this.#watches.slice(this.#first);
      this.#first = 0;
    }
    return watch;
  }
}

/**
 * Whether reading a prefix once an hour is worth it at this age: the best that any number of further
 * hours can bring, in shares of the prefix, is above nothing.
 */
export function keepAlivePays(curve: GapCurve, ageMs: number, ratios: PriceRatios): boolean {
  const saved = ratios.write5m - ratios.read;
  let waiting = 1;
  let gain = 0;
  for (let span = 0; span < AGE_SPANS; span += 1) {
    const edge = AGE_EDGES_MS[span] ?? 0;
    if (edge <= ageMs + KEEP_ALIVE_MARGIN_MS) continue;
    const hours = Math.max(1, (edge - (AGE_EDGES_MS[span - 1] ?? 0)) / LIFETIME_MS["1h"]);
    const chance = 1 - (1 - doubtedChanceIn(curve, span)) ** (1 / hours);
    for (let hour = 0; hour < hours; hour += 1) {
      gain += waiting * (chance * saved - ratios.read);
      if (gain > 0) return true;
      waiting *= 1 - chance;
    }
  }
  return false;
}
