/**
 * The ends of recent prompts, waiting to be asked for again. As they grow older unasked, or are asked
 * for, the curve of their kind learns. A ring of fixed size: the oldest fall out unlearned.
 */
import type { PrefixIndex } from "../workload/prefix-tree.ts";
import { AGE_EDGES_MS, AGE_SPANS, type GapCurve, learnAsked, learnWaiting, spanOf } from "./gap-statistics.ts";

/** Places watched at once. */
export const WAITING_PLACES_MAX = 1 << 16;

type WaitingPlace = { readonly sinceMs: number; readonly curve: GapCurve; waiting: boolean };

export class WaitingPlaces {
  readonly #ring: (WaitingPlace | undefined)[] = new Array(WAITING_PLACES_MAX);
  readonly #byNode = new Map<PrefixIndex, WaitingPlace>();
  #end = 0;
  /** Per span: the first place that has not yet come into it. */
  readonly #passed = new Float64Array(AGE_SPANS);

  /** Learns from all who came into a further span by `nowMs`. Call before the other two. */
  advance(nowMs: number): void {
    for (let span = 1; span < AGE_SPANS; span += 1) {
      const edge = nowMs - (AGE_EDGES_MS[span - 1] ?? 0);
      let at = Math.max(this.#passed[span] ?? 0, this.#end - WAITING_PLACES_MAX);
      for (; at < this.#end; at += 1) {
        const place = this.#ring[at % WAITING_PLACES_MAX];
        if (place === undefined || place.sinceMs >= edge) break;
        if (place.waiting) learnWaiting(place.curve, span);
      }
      this.#passed[span] = at;
    }
  }

  /** `node` was asked for at `nowMs`. Returns how long it had waited, or `null` if nobody waited there. */
  asked(node: PrefixIndex, nowMs: number): number | null {
    const place = this.#byNode.get(node);
    if (place === undefined) return null;
    this.#byNode.delete(node);
    place.waiting = false;
    const span = spanOf(nowMs - place.sinceMs);
    if (span < AGE_SPANS) learnAsked(place.curve, span);
    return nowMs - place.sinceMs;
  }

  add(node: PrefixIndex, sinceMs: number, curve: GapCurve): void {
    const place: WaitingPlace = { sinceMs, curve, waiting: true };
    const slot = this.#end % WAITING_PLACES_MAX;
    this.#ring[slot] = place;
    this.#end += 1;
    this.#byNode.set(node, place);
    learnWaiting(curve, 0);
    if (this.#byNode.size > WAITING_PLACES_MAX) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.#byNode.keys().next().value;
    if (oldest !== undefined) this.#byNode.delete(oldest);
  }
}
