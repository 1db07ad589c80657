/** What one scope (a key, a team, everybody) has used of its rates, and how many calls it has running. */
import { assert } from "../../base/index.ts";
import type { LimitName, LimitSettings } from "./settings.ts";
import { TokenBucket } from "./token-bucket.ts";

/** What a call is expected to use, before it is sent. */
export type ExpectedUse = { readonly inputTokens: number; readonly maxTokens: number | null };
/** What it did use; `null` where nobody knows, and the expectation stays. */
export type ActualUse = { readonly inputTokens: number; readonly outputTokens: number };

export type Fit =
  | { readonly kind: "fits" }
  /** `waitMs` is `null` when only the end of another call helps. */
  | { readonly kind: "full"; readonly limit: LimitName; readonly waitMs: number | null }
  /** The call alone is larger than the limit. */
  | { readonly kind: "too-large"; readonly limit: LimitName };

/** What was taken, to be corrected at the end. */
export type Taken = { readonly inputTokens: number; readonly outputTokens: number };

const FITS: Fit = { kind: "fits" };
/** How much a new answer moves the expectation of the next. */
const NEWEST_WEIGHT = 0.2;

export class Gauge {
  #limits: LimitSettings;
  #requests: TokenBucket | null;
  #input: TokenBucket | null;
  #output: TokenBucket | null;
  #running = 0;
  /** Mean of the answers so far, the newest weighing most; `null` before the first. */
  #outputMean: number | null = null;

  constructor(limits: LimitSettings) {
    this.#limits = limits;
    this.#requests = bucketOf(limits.requestsPerMinute);
    this.#input = bucketOf(limits.inputTokensPerMinute);
    this.#output = bucketOf(limits.outputTokensPerMinute);
  }

  get running(): number {
    return this.#running;
  }

  /**
   * From now on measures by these limits. What is running and what was used of a rate that stays
   * limited is kept: nobody has a full measure anew because a limit was edited.
   */
  under(limits: LimitSettings, nowMs: number): void {
    if (limits === this.#limits) return;
    this.#limits = limits;
    this.#requests = bucketUnder(this.#requests, limits.requestsPerMinute, nowMs);
    this.#input = bucketUnder(this.#input, limits.inputTokensPerMinute, nowMs);
    this.#output = bucketUnder(this.#output, limits.outputTokensPerMinute, nowMs);
  }

  fit(use: ExpectedUse, nowMs: number): Fit {
    if (this.#running >= (this.#limits.concurrentCalls ?? Infinity)) {
      return { kind: "full", limit: "concurrentCalls", waitMs: null };
    }
    const { inputTokens } = use;
    const outputTokens = this.#expectedOutput(use);
    const fits = [
      fitIn(this.#requests, "requestsPerMinute", 1, nowMs),
      fitIn(this.#input, "inputTokensPerMinute", inputTokens, nowMs),
      fitIn(this.#output, "outputTokensPerMinute", outputTokens, nowMs),
    ];
    // What never fits goes first, then what takes longest: the caller is told of that one.
    const tooLarge = fits.find(({ kind }) => kind === "too-large");
    return tooLarge ?? fits.reduce(longer, FITS);
  }

  take(use: ExpectedUse, nowMs: number): Taken {
    const { inputTokens } = use;
    const outputTokens = this.#expectedOutput(use);
    this.#running += 1;
    this.#requests?.take(1, nowMs);
    this.#input?.take(inputTokens, nowMs);
    this.#output?.take(outputTokens, nowMs);
    return { inputTokens, outputTokens };
  }

  /** Once for each `take`, however the call ended. */
  end(taken: Taken, actual: ActualUse | null, nowMs: number): void {
    this.#running -= 1;
    assert(this.#running >= 0, "a call ends once");
    if (actual === null) return;
    this.#input?.correct(taken.inputTokens, actual.inputTokens, nowMs);
    this.#output?.correct(taken.outputTokens, actual.outputTokens, nowMs);
    // What failed, or was never sent, says nothing of how long answers are.
    if (actual.outputTokens === 0) return;
    const mean = this.#outputMean ?? actual.outputTokens;
    this.#outputMean = mean + (actual.outputTokens - mean) * NEWEST_WEIGHT;
  }

  /** Nothing runs and nothing is owed: to forget it changes nothing but the expectation. */
  isIdle(nowMs: number): boolean {
    const buckets = [this.#requests, this.#input, this.#output];
    return this.#running === 0 && buckets.every((bucket) => bucket?.isFull(nowMs) ?? true);
  }

  /** An answer can be as long as `max_tokens` and mostly is not: the mean is corrected afterwards. */
  #expectedOutput({ maxTokens }: ExpectedUse): number {
    if (this.#output === null) return 0;
    const most = Math.min(maxTokens ?? Infinity, this.#output.perMinute);
    return Math.min(most, Math.ceil(this.#outputMean ?? most));
  }
}

function bucketOf(perMinute: number | undefined): TokenBucket | null {
  return perMinute === undefined ? null : new TokenBucket(perMinute);
}

function bucketUnder(
  before: TokenBucket | null,
  perMinute: number | undefined,
  nowMs: number,
): TokenBucket | null {
  if (before === null || perMinute === undefined) return bucketOf(perMinute);
  return before.perMinute === perMinute ? before : before.under(perMinute, nowMs);
}

function fitIn(bucket: TokenBucket | null, limit: LimitName, amount: number, nowMs: number): Fit {
  const waitMs = bucket?.waitMs(amount, nowMs);
  if (waitMs === undefined || waitMs === 0) return FITS;
  return waitMs === null ? { kind: "too-large", limit } : { kind: "full", limit, waitMs };
}

function longer(one: Fit, other: Fit): Fit {
  if (other.kind !== "full") return one;
  return one.kind === "full" && (one.waitMs ?? 0) >= (other.waitMs ?? 0) ? one : other;
}
