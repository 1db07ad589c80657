/**
 * A token bucket, as the provider's own rate limits are ("errors and limits: limits"): it holds a
 * minute's worth and fills steadily. What was taken may be corrected once the true amount is known,
 * and then the bucket may owe; it gives nothing more until that is made good.
 */
import { assert } from "../../base/index.ts";

const MINUTE_MS = 60_000;

export class TokenBucket {
  readonly perMinute: number;
  /** In sixty-thousandths, so that each millisecond adds a whole number and nothing is rounded. */
  #level: number;
  #atMs: number | null = null;

  constructor(perMinute: number) {
    assert(
      Number.isSafeInteger(perMinute * MINUTE_MS),
      "a rate is a whole number, and not too large",
    );
    assert(perMinute > 0, "a rate is above zero");
    this.perMinute = perMinute;
    this.#level = perMinute * MINUTE_MS;
  }

  /** Until `amount` can be taken; 0 when it can be now, `null` when it never can. Milliseconds. */
  waitMs(amount: number, nowMs: number): number | null {
    if (amount > this.perMinute) return null;
    const missing = amount * MINUTE_MS - this.#levelAt(nowMs);
    return missing <= 0 ? 0 : Math.ceil(missing / this.perMinute);
  }

  /** Whoever takes has asked `waitMs` first, in the same turn. */
  take(amount: number, nowMs: number): void {
    this.#level = this.#levelAt(nowMs) - amount * MINUTE_MS;
  }

  /** Gives back what was taken too much, or takes what was taken too little. */
  correct(taken: number, actual: number, nowMs: number): void {
    const level = this.#levelAt(nowMs) + (taken - actual) * MINUTE_MS;
    this.#level = Math.min(level, this.perMinute * MINUTE_MS);
  }

  /** One of another size from which as much is taken as from this one. */
  under(perMinute: number, nowMs: number): TokenBucket {
    const taken = this.perMinute * MINUTE_MS - this.#levelAt(nowMs);
    const bucket = new TokenBucket(perMinute);
    bucket.#level = perMinute * MINUTE_MS - taken;
    bucket.#atMs = this.#atMs;
    return bucket;
  }

  isFull(nowMs: number): boolean {
    return this.#levelAt(nowMs) === this.perMinute * MINUTE_MS;
  }

  /** Time is whole milliseconds that never run backwards; an earlier one counts as no time. */
  #levelAt(nowMs: number): number {
    const now = Math.floor(nowMs);
    const passedMs = Math.max(0, now - (this.#atMs ?? now));
    this.#atMs = Math.max(now, this.#atMs ?? now);
    this.#level = Math.min(this.#level + passedMs * this.perMinute, this.perMinute * MINUTE_MS);
    return this.#level;
  }
}
