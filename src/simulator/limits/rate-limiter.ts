/**
 * Rate limits as token buckets on the simulated clock, one set for each workspace and model
 * ("errors and limits"). Input is counted without cache reads; output as it was really made.
 */
import { formatInstant, instant } from "../../base/index.ts";

export type RateLimits = {
  readonly requestsPerMinute: number;
  readonly inputTokensPerMinute: number;
  readonly outputTokensPerMinute: number;
};

export const DEFAULT_RATE_LIMITS: RateLimits = {
  requestsPerMinute: 10_000,
  inputTokensPerMinute: 10_000_000,
  outputTokensPerMinute: 2_000_000,
};

/** Sets of buckets kept; the one longest unused goes first. */
export const RATE_LIMIT_POOLS_MAX = 1_000;
const MINUTE_MS = 60_000;

type Bucket = { readonly limit: number; level: number; atMs: number };
type Pool = { readonly requests: Bucket; readonly input: Bucket; readonly output: Bucket };

export class RateLimiter {
  readonly #limits: RateLimits;
  readonly #pools = new Map<string, Pool>();

  constructor(limits: RateLimits) {
    this.#limits = limits;
  }

  /** Counts a request in. Returns the seconds to wait when a bucket is empty, else `null`. */
  admit(key: string, inputTokens: number, nowMs: number): number | null {
    const pool = this.#pool(key, nowMs);
    const waits = [
      waitMs(pool.requests, 1),
      waitMs(pool.input, Math.min(inputTokens, pool.input.limit)),
      waitMs(pool.output, 1),
    ];
    const longest = Math.max(...waits);
    if (longest > 0) return Math.ceil(longest / 1_000);
    pool.requests.level -= 1;
    pool.input.level -= inputTokens;
    return null;
  }

  /** Counts a request in without ever refusing it. */
  note(key: string, inputTokens: number, nowMs: number): void {
    const pool = this.#pool(key, nowMs);
    pool.requests.level = Math.max(0, pool.requests.level - 1);
    pool.input.level = Math.max(0, pool.input.level - inputTokens);
  }

  noteOutput(key: string, outputTokens: number, nowMs: number): void {
    const pool = this.#pool(key, nowMs);
    pool.output.level -= outputTokens;
  }

  headers(key: string, nowMs: number): Record<string, string> {
    const { requests, input, output } = this.#pool(key, nowMs);
    const headers: Record<string, string> = {};
    describe(headers, "requests", [requests], nowMs, 1);
    describe(headers, "input-tokens", [input], nowMs, 1_000);
    describe(headers, "output-tokens", [output], nowMs, 1_000);
    describe(headers, "tokens", [input, output], nowMs, 1_000);
    return headers;
  }

  #pool(key: string, nowMs: number): Pool {
    const known = this.#pools.get(key);
    if (known !== undefined) {
      for (const bucket of [known.requests, known.input, known.output]) refill(bucket, nowMs);
      return known;
    }
    const full = (limit: number): Bucket => ({ limit, level: limit, atMs: nowMs });
    const pool = {
      requests: full(this.#limits.requestsPerMinute),
      input: full(this.#limits.inputTokensPerMinute),
      output: full(this.#limits.outputTokensPerMinute),
    };
    this.#pools.set(key, pool);
    const oldest = this.#pools.keys().next().value;
    if (this.#pools.size > RATE_LIMIT_POOLS_MAX && oldest !== undefined) this.#pools.delete(oldest);
    return pool;
  }
}

function refill(bucket: Bucket, nowMs: number): void {
  const grown = (bucket.limit * Math.max(0, nowMs - bucket.atMs)) / MINUTE_MS;
  bucket.level = Math.min(bucket.limit, bucket.level + grown);
  bucket.atMs = nowMs;
}

function waitMs(bucket: Bucket, wanted: number): number {
  return bucket.level >= wanted ? 0 : ((wanted - bucket.level) * MINUTE_MS) / bucket.limit;
}

function describe(
  headers: Record<string, string>,
  name: string,
  buckets: readonly Bucket[],
  nowMs: number,
  roundTo: number,
): void {
  const limit = buckets.reduce((sum, bucket) => sum + bucket.limit, 0);
  const level = buckets.reduce((sum, bucket) => sum + Math.max(0, bucket.level), 0);
  const fullInMs = Math.max(...buckets.map((bucket) => waitMs(bucket, bucket.limit)));
  const prefix = `anthropic-ratelimit-${name}`;
  headers[`${prefix}-limit`] = String(limit);
  headers[`${prefix}-remaining`] = String(Math.floor(level / roundTo) * roundTo);
  headers[`${prefix}-reset`] = formatInstant(instant(nowMs + fullInMs)).replace(/\.\d+Z$/, "Z");
}
