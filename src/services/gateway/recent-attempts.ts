/**
 * Which call a retry belongs to. The SDK counts its retries in `x-stainless-retry-count` but names
 * no call, so a retry is taken for the newest failed attempt of the same caller, model and prompt.
 * An `idempotency-key`, where a client sends one, names the call outright.
 */
import type { CallId } from "../../base/index.ts";

/** How many failed attempts are remembered, and for how long. */
const ATTEMPTS_MAX = 4_096;
const ATTEMPT_REMEMBERED_MS = 10 * 60_000;

type Attempt = { readonly call: CallId; readonly atMs: number };

export class RecentAttempts {
  readonly #attempts = new Map<string, Attempt>();

  /** The call that `identity` was tried for a moment ago; `null` when there is none. */
  find(identity: string, nowMs: number): CallId | null {
    const attempt = this.#attempts.get(identity);
    if (attempt === undefined) return null;
    return nowMs - attempt.atMs > ATTEMPT_REMEMBERED_MS ? null : attempt.call;
  }

  remember(identity: string, call: CallId, nowMs: number): void {
    this.#attempts.delete(identity);
    this.#attempts.set(identity, { call, atMs: nowMs });
    if (this.#attempts.size <= ATTEMPTS_MAX) return;
    const oldest = this.#attempts.keys().next();
    if (oldest.done !== true) this.#attempts.delete(oldest.value);
  }
}

/** Statuses after which the SDK tries again ("errors and limits" in the provider's reference). */
export function isRetried(status: number | null): boolean {
  return status === null || status === 408 || status === 409 || status === 429 || status >= 500;
}
