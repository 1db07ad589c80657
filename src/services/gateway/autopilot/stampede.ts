/**
 * Stampede control. What one call writes can be read by others only once its response has begun, so
 * that calls with the same prefix that arrive together would each pay to write it. Here the first
 * goes ahead, and the others wait until it begins, or fails, or their bound is over.
 *
 * Promises: a call waits only for calls that wait for nobody, and for no longer than its bound; every
 * leader lets its followers go, however it ends.
 */

/** A prefix of which less than so many fresh input tokens could be saved is not waited for. */
export const HOLD_SAVING_TOKENS_MIN = 2_000;
/** Calls held at once; beyond, calls go through. */
export const HELD_CALLS_MAX = 1_024;
/** Prefixes remembered as readable. */
const READABLE_MAX = 65_536;
const LIFETIME_MS = { "5m": 300_000, "1h": 3_600_000 } as const;

/** What a call would write, and what it may wait for. */
export type Boarding = {
  /** The key of each prefix of the prompt, from the root to its end. */
  readonly keys: readonly string[];
  /** Tokens of each of these prefixes. */
  readonly prefixTokens: readonly number[];
  readonly markers: readonly { readonly block: number; readonly lifetime: "5m" | "1h" }[];
  /** What a written token costs more than a read one, in fresh input tokens. */
  readonly savingPerToken: number;
  readonly nowMs: number;
};

export type HoldEnd = "began" | "failed" | "bound" | "client-left";

type Writing = { readonly tokens: number; readonly followers: Set<(end: HoldEnd) => void> };

export type HoldOptions = {
  readonly holdMsMax: number;
  /** Called with what ends the wait when the client leaves; returns how to stop listening. */
  readonly onClientGone: (leave: () => void) => () => void;
};

/** The prefixes that a call is the first to write. */
export type Lead = {
  /** The response has begun: what it wrote can be read. */
  readonly began: (nowMs: number) => void;
  /** It is over, however it went; harmless after `began`, and to repeat. */
  readonly over: () => void;
};

export class Stampede {
  readonly #writing = new Map<string, Writing>();
  /** Until when a prefix can be read, least recently used first. */
  readonly #readable = new Map<string, number>();
  readonly #held = new Set<(end: HoldEnd) => void>();

  get heldCalls(): number {
    return this.#held.size;
  }

  /** Waits for the calls that write what this one would; `null` when there is none worth it. */
  async hold(boarding: Boarding, options: HoldOptions): Promise<HoldEnd | null> {
    if (options.holdMsMax === 0 || this.#writing.size === 0) return null;
    const longest = this.#worthWaitingFor(boarding);
    if (longest === null || this.#held.size >= HELD_CALLS_MAX) return null;
    const { promise, resolve } = Promise.withResolvers<HoldEnd>();
    const timer = setTimeout(() => resolve("bound"), options.holdMsMax);
    const stopListening = options.onClientGone(() => resolve("client-left"));
    longest.followers.add(resolve);
    this.#held.add(resolve);
    const end = await promise;
    clearTimeout(timer);
    stopListening();
    longest.followers.delete(resolve);
    this.#held.delete(resolve);
    return end;
  }

  /** Registers what this call writes first; `null` when that is nothing worth waiting for. */
  lead(boarding: Boarding): Lead | null {
    const written: { readonly key: string; readonly lifetime: "5m" | "1h" }[] = [];
    const writings = new Map<string, Writing>();
    for (const { block, lifetime } of boarding.markers) {
      const key = boarding.keys[block];
      if (key === undefined) continue;
      written.push({ key, lifetime });
      if (this.#writing.has(key) || this.#isReadable(key, boarding.nowMs)) continue;
      const tokens = this.#newTokens(boarding, block);
      if (tokens * boarding.savingPerToken < HOLD_SAVING_TOKENS_MIN) continue;
      writings.set(key, { tokens, followers: new Set() });
    }
    for (const [key, writing] of writings) this.#writing.set(key, writing);
    if (written.length === 0) return null;
    let isOver = false;
    const finish = (end: HoldEnd): void => {
      if (isOver) return;
      isOver = true;
      for (const [key, writing] of writings) {
        this.#writing.delete(key);
        for (const release of writing.followers) release(end);
      }
    };
    return {
      began: (nowMs) => {
        if (isOver) return;
        for (const { key, lifetime } of written) this.#remember(key, nowMs + LIFETIME_MS[lifetime]);
        finish("began");
      },
      over: () => finish("failed"),
    };
  }

  /** Lets every held call go: the gateway closes. */
  releaseAll(): void {
    for (const release of this.#held) release("bound");
  }

  #worthWaitingFor({ keys, savingPerToken }: Boarding): Writing | null {
    let longest: Writing | null = null;
    let tokens = 0;
    for (let index = keys.length - 1; index >= 0; index -= 1) {
      const writing = this.#writing.get(keys[index] ?? "");
      if (writing === undefined) continue;
      longest ??= writing;
      tokens += writing.tokens;
    }
    return tokens * savingPerToken >= HOLD_SAVING_TOKENS_MIN ? longest : null;
  }

  /** Tokens up to `block` that no other call has written or is writing. */
  #newTokens({ keys, prefixTokens, nowMs }: Boarding, block: number): number {
    for (let index = block - 1; index >= 0; index -= 1) {
      const key = keys[index] ?? "";
      if (this.#writing.has(key) || this.#isReadable(key, nowMs)) {
        return (prefixTokens[block] ?? 0) - (prefixTokens[index] ?? 0);
      }
    }
    return prefixTokens[block] ?? 0;
  }

  #isReadable(key: string, nowMs: number): boolean {
    const untilMs = this.#readable.get(key);
    return untilMs !== undefined && nowMs < untilMs;
  }

  #remember(key: string, untilMs: number): void {
    const known = this.#readable.get(key) ?? 0;
    this.#readable.delete(key);
    this.#readable.set(key, Math.max(known, untilMs));
    for (const oldest of this.#readable.keys()) {
      if (this.#readable.size <= READABLE_MAX) break;
      this.#readable.delete(oldest);
    }
  }
}
