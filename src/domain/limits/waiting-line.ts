/**
 * Calls that wait for their turn. First come, first served: nobody overtakes another in a scope that
 * holds the other up; whoever does not need that scope goes by, so that one caller at its own limit
 * does not hold up everybody else. Everybody leaves exactly once.
 */

export type LineEnd = "entered" | "timed-out" | "left";

export type Waiter<Scope> = {
  /** All that it must fit; at least one. */
  readonly scopes: readonly Scope[];
  readonly bytes: number;
  readonly deadlineMs: number;
  /** Enters where it can, and then returns "entered"; else what holds it up. */
  readonly tryEnter: (nowMs: number) => "entered" | HeldUp<Scope>;
  readonly onEnd: (end: LineEnd) => void;
};

export type HeldUp<Scope> = {
  /** Those of its scopes that it does not fit; at least one. */
  readonly by: readonly Scope[];
  /** How long it takes at least; `null` when only the end of another call helps. */
  readonly waitMs: number | null;
};

export type LineLimits = { readonly callsMax: number; readonly bytesMax: number };

export class WaitingLine<Scope> {
  readonly #limits: LineLimits;
  /** With what holds each up, as of the last look. */
  readonly #waiters = new Map<Waiter<Scope>, readonly Scope[]>();
  #bytes = 0;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** Whether somebody is held up by any of these. */
  isAwaited(scopes: readonly Scope[]): boolean {
    for (const heldUpBy of this.#waiters.values()) {
      if (scopes.some((scope) => heldUpBy.includes(scope))) return true;
    }
    return false;
  }

  /** False when there is no room; then nothing has changed. To be followed by `advance`. */
  join(waiter: Waiter<Scope>): boolean {
    if (this.#waiters.size >= this.#limits.callsMax) return false;
    if (this.#bytes + waiter.bytes > this.#limits.bytesMax) return false;
    this.#waiters.set(waiter, waiter.scopes);
    this.#bytes += waiter.bytes;
    return true;
  }

  leave(waiter: Waiter<Scope>): void {
    this.#remove(waiter, "left");
  }

  /** Nobody waits any longer, as if their time were up. */
  endAll(): void {
    for (const waiter of [...this.#waiters.keys()]) this.#remove(waiter, "timed-out");
  }

  /** Lets in whoever may enter now; returns when to look again at the latest, `null` for never. */
  advance(nowMs: number): number | null {
    const blocked = new Set<Scope>();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const waiter of [...this.#waiters.keys()]) {
      if (!this.#waiters.has(waiter)) continue;
      if (nowMs >= waiter.deadlineMs) {
        this.#remove(waiter, "timed-out");
        continue;
      }
      const behind = waiter.scopes.filter((scope) => blocked.has(scope));
      const tried = behind.length > 0 ? { by: behind, waitMs: null } : waiter.tryEnter(nowMs);
      if (tried === "entered") {
        this.#remove(waiter, "entered");
        continue;
      }
      const { by, waitMs } = tried;
      this.#waiters.set(waiter, by);
      for (const scope of by) blocked.add(scope);
      nextMs = Math.min(nextMs, waiter.deadlineMs, waitMs === null ? Infinity : nowMs + waitMs);
    }
    return nextMs === Number.POSITIVE_INFINITY ? null : nextMs;
  }

  #remove(waiter: Waiter<Scope>, end: LineEnd): void {
    if (!this.#waiters.delete(waiter)) return;
    this.#bytes -= waiter.bytes;
    waiter.onEnd(end);
  }
}
