/** What earlier requests are known to have left in the cache, each entry under what it is found by. */
import { LIFETIME_MS, type Lifetime } from "../workload/workload.ts";

type Entry = {
  /** Tokens of the prefix, as the request that left it was billed. */
  readonly tokens: number;
  readonly lifetime: Lifetime;
  expiresMs: number;
  readonly readableMs: number;
  /**
   * Whether a bill showed it. A marker inside what is read leaves an entry at no charge, so nothing
   * tells whether the provider made one: a request that did not read it says that there is none.
   */
  isBilled: boolean;
};

export type EntryState =
  | { readonly kind: "none" }
  | { readonly kind: "readable" }
  | { readonly kind: "not-yet" }
  | { readonly kind: "expired"; readonly byMs: number };

const NONE: EntryState = { kind: "none" };
const READABLE: EntryState = { kind: "readable" };
const NOT_YET: EntryState = { kind: "not-yet" };

export class EntryRecord {
  readonly #entries = new Map<number, Entry>();

  stateOf(place: number, nowMs: number): EntryState {
    const entry = this.#entries.get(place);
    if (entry === undefined || !entry.isBilled) return NONE;
    if (nowMs >= entry.expiresMs) return { kind: "expired", byMs: nowMs - entry.expiresMs };
    return nowMs < entry.readableMs ? NOT_YET : READABLE;
  }

  /** Tokens of the prefix of an entry, dead or alive; `null` where none was ever left. */
  tokensAt(place: number): number | null {
    return this.#entries.get(place)?.tokens ?? null;
  }

  /** A read keeps it alive. One that nobody was seen to write was there before the window. */
  read(place: number, nowMs: number, tokens: number): void {
    const entry = this.#entries.get(place);
    if (entry === undefined || nowMs >= entry.expiresMs) {
      const lifetime = entry?.lifetime ?? "5m";
      this.write(place, { lifetime, startMs: nowMs, readableMs: nowMs, tokens, isBilled: true });
      return;
    }
    entry.isBilled = true;
    entry.expiresMs = Math.max(entry.expiresMs, nowMs + LIFETIME_MS[entry.lifetime]);
  }

  write(
    place: number,
    written: {
      readonly lifetime: Lifetime;
      readonly startMs: number;
      readonly readableMs: number;
      readonly tokens: number;
      readonly isBilled: boolean;
    },
  ): void {
    const { lifetime, startMs, readableMs } = written;
    const known = this.#entries.get(place);
    const alive = known !== undefined && startMs < known.expiresMs ? known : null;
    const longer = alive?.lifetime === "1h" ? "1h" : lifetime;
    this.#entries.set(place, {
      tokens: written.tokens,
      isBilled: written.isBilled || alive?.isBilled === true,
      lifetime: longer,
      expiresMs: Math.max(alive?.expiresMs ?? 0, startMs + LIFETIME_MS[lifetime]),
      readableMs: Math.min(alive?.readableMs ?? Number.POSITIVE_INFINITY, readableMs),
    });
  }
}
