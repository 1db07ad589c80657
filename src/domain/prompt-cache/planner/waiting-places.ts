/**
 * The ends of recent prompts, waiting to be asked for again. As they grow older unasked, or are asked
 * for, the curve of their kind learns. A ring of fixed size: the oldest fall out unlearned.
 */
import type { PrefixIndex } from "../workload/prefix-tree.ts";
import {
  AGE_EDGES_MS,
  AGE_SPANS,
  type GapCurve,
  learnAsked,
  learnLeaving,
  learnWaiting,
  spanOf,
} from "./gap-statistics.ts";

/** Places watched at once. */
export const WAITING_PLACES_MAX = 1 << 16;

type WaitingPlace = {
  readonly node: PrefixIndex;
  readonly sinceMs: number;
  readonly curve: GapCurve;
  /** The curve of how its response ended, once that is known. */
  after: GapCurve | null;
  /** How much it counts in that curve. */
  afterWeight: number;
  /** The span it is in. */
  span: number;
  waiting: boolean;
};

export class WaitingPlaces {
  readonly #ring: (WaitingPlace | undefined)[] = [];
  readonly #byNode = new Map<PrefixIndex, WaitingPlace>();
  #end = 0;
  /** Per span: the first place that has not yet come into it. */
  readonly #passed = new Float64Array(AGE_SPANS);

  /** Learns from all who came into a further span by `nowMs`. Call before the others. */
  advance(nowMs: number): void {
    for (let span = 1; span < AGE_SPANS; span += 1) {
      const edge = nowMs - (AGE_EDGES_MS[span - 1] ?? 0);
      let at = Math.max(this.#passed[span] ?? 0, this.#end - WAITING_PLACES_MAX);
      for (; at < this.#end; at += 1) {
        const place = this.#ring[at % WAITING_PLACES_MAX];
        if (place === undefined || place.sinceMs >= edge) break;
        if (place.waiting) enter(place, span);
      }
      this.#passed[span] = at;
    }
  }

  /** `node` was asked for at `nowMs`. Returns whether somebody waited there. */
  asked(node: PrefixIndex, nowMs: number): boolean {
    const place = this.#byNode.get(node);
    if (place === undefined) return false;
    this.#byNode.delete(node);
    leave(place);
    place.waiting = false;
    const span = spanOf(nowMs - place.sinceMs);
    if (span >= AGE_SPANS) return true;
    learnAsked(place.curve, span, 1);
    if (place.after !== null) learnAsked(place.after, span, place.afterWeight);
    return true;
  }

  add(node: PrefixIndex, sinceMs: number, curve: GapCurve): void {
    this.forget(node);
    const place: WaitingPlace = {
      node,
      sinceMs,
      curve,
      after: null,
      afterWeight: 1,
      span: 0,
      waiting: true,
    };
    const slot = this.#end % WAITING_PLACES_MAX;
    const fallsOut = this.#ring[slot];
    if (fallsOut?.waiting === true) this.forget(fallsOut.node);
    this.#ring[slot] = place;
    this.#end += 1;
    this.#byNode.set(node, place);
    learnWaiting(curve, 0, 1);
  }

  /** The response that ended at `node` is known: `after` learns too. False when it no longer waits. */
  follow(node: PrefixIndex, sinceMs: number, after: GapCurve, weight: number): boolean {
    const place = this.#byNode.get(node);
    if (place === undefined || place.sinceMs !== sinceMs) return false;
    place.after = after;
    place.afterWeight = weight;
    learnWaiting(after, place.span, weight);
    return true;
  }

  /** The curve of how the response ended, if the place still waits since then. */
  followed(node: PrefixIndex, sinceMs: number): GapCurve | null {
    const place = this.#byNode.get(node);
    return place === undefined || place.sinceMs !== sinceMs ? null : place.after;
  }

  /** Nobody waits at `node` any more, and nothing is learned from it. */
  forget(node: PrefixIndex): void {
    const place = this.#byNode.get(node);
    if (place === undefined) return;
    leave(place);
    place.waiting = false;
    this.#byNode.delete(node);
  }
}

function enter(place: WaitingPlace, span: number): void {
  leave(place);
  place.span = span;
  learnWaiting(place.curve, span, 1);
  if (place.after !== null) learnWaiting(place.after, span, place.afterWeight);
}

function leave(place: WaitingPlace): void {
  learnLeaving(place.curve, place.span, 1);
  if (place.after !== null) learnLeaving(place.after, place.span, place.afterWeight);
}
