/** How often something was seen within a window that begins when it is first seen. Bounded. */

export type RecentCountsOptions = { readonly windowMs: number; readonly entriesMax: number };

type Entry = { count: number; readonly sinceMs: number };

export class RecentCounts {
  readonly #options: RecentCountsOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: RecentCountsOptions) {
    this.#options = options;
  }

  /** How often `key` was counted in its window so far. */
  read(key: string, nowMs: number): number {
    return this.#current(key, nowMs)?.count ?? 0;
  }

  count(key: string, nowMs: number): void {
    const entry = this.#current(key, nowMs);
    if (entry !== null) {
      entry.count += 1;
      return;
    }
    this.#entries.delete(key);
    this.#entries.set(key, { count: 1, sinceMs: nowMs });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.#options.entriesMax && oldest.done !== true) {
      this.#entries.delete(oldest.value);
    }
  }

  #current(key: string, nowMs: number): Entry | null {
    const entry = this.#entries.get(key);
    return entry === undefined || nowMs - entry.sinceMs >= this.#options.windowMs ? null : entry;
  }
}
