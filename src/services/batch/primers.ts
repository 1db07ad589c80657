/**
 * Which prefixes are written, and which are being written by a request that went ahead. In memory
 * only: after a restart, at most one more request goes ahead for each.
 */
import type { CallId, Instant } from "../../base/index.ts";
import type { DeferredStatus } from "../../stores/contracts/index.ts";

/** Entries live an hour from the start of the request; what is served later must still find them. */
const PRIMED_MS = 45 * 60_000;
/** A request that went ahead and is not back by then holds nobody up any more. */
const PRIMING_MS_MAX = 60 * 60_000;
/** Prefixes that are remembered. */
const PREFIXES_MAX = 10_000;

export class Primers {
  readonly #ahead = new Map<string, { readonly call: CallId; readonly since: Instant }>();
  readonly #written = new Map<string, Instant>();

  /** A batch of one call with a prefix is one that goes ahead. */
  sent(calls: readonly DeferredStatus[], now?: Instant): void {
    const [first] = calls;
    if (first === undefined || first.prefix === "" || calls.length > 1) return;
    if (this.#ahead.size >= PREFIXES_MAX) this.#ahead.clear();
    this.#ahead.set(first.prefix, { call: first.id, since: now ?? first.receivedAt });
  }

  /** Its answer came: the prefix is written. */
  answered(call: CallId, now: Instant): void {
    for (const [prefix, ahead] of this.#ahead) {
      if (ahead.call !== call) continue;
      this.#ahead.delete(prefix);
      if (this.#written.size >= PREFIXES_MAX) this.#written.clear();
      this.#written.set(prefix, now);
    }
  }

  at(now: Instant): {
    readonly beingPrimed: ReadonlySet<string>;
    readonly primed: ReadonlySet<string>;
  } {
    const recent = <T>(entries: Map<string, T>, since: (entry: T) => Instant, forMs: number) =>
      new Set([...entries].filter(([, entry]) => now - since(entry) < forMs).map(([key]) => key));
    return {
      beingPrimed: recent(this.#ahead, ({ since }) => since, PRIMING_MS_MAX),
      primed: recent(this.#written, (at) => at, PRIMED_MS),
    };
  }
}
