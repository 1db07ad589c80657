/**
 * The prompt cache as a state machine ("prompt caching: core rules"): entries are written only at
 * marked blocks, found by walking back from a marker, live from the START of the request that wrote
 * or read them, and can be read only once the writer's response has begun.
 */
import type { Assumptions } from "../assumptions.ts";
import type { PromptUnit, RenderedPrompt } from "../prompt/index.ts";

/** Positions looked at from one marker, the marker's own included. */
export const LOOKBACK_POSITIONS = 20;
/** Entries kept; the one longest unused goes first. */
export const CACHE_ENTRIES_MAX = 100_000;
const LIFETIME_MS = { "5m": 300_000, "1h": 3_600_000 } as const;

type Entry = { lifetimeMs: number; expiresAtMs: number };

/** How one request uses the cache. The four token classes sum to the prompt. */
export type CacheUse = {
  readonly read: number;
  readonly write1h: number;
  readonly write5m: number;
  readonly input: number;
  /** The unit up to which the prefix was read; `null` when nothing was. */
  readonly hitUnit: number | null;
  /** Units at which entries were written. */
  readonly writtenUnits: readonly number[];
  /** Call once when the request is let in: what it reads lives on from its start. */
  readonly admitted: () => void;
  /** Call once when the response begins: only then can others read what this request writes. */
  readonly responseBegins: () => void;
  /** Call when the client left after the response had begun. */
  readonly cancelled: () => void;
};

type Breakpoint = {
  readonly index: number;
  readonly unit: PromptUnit;
  readonly lifetime: "5m" | "1h";
};

export class PromptCache {
  readonly #entries = new Map<string, Entry>();
  readonly #assumptions: Assumptions;

  constructor(assumptions: Assumptions) {
    this.#assumptions = assumptions;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Looks the prompt up at `startMs` and says what is read and what will be written. */
  use(prompt: RenderedPrompt, startMs: number, cacheTokensMin: number): CacheUse {
    const breakpoints = markedUnits(prompt).filter(({ unit }) => unit.endTokens >= cacheTokensMin);
    const hitUnit = this.#findHit(prompt.units, breakpoints, startMs);
    const toWrite = breakpoints.filter(({ index }) => hitUnit === null || index > hitUnit);
    const unpaid = this.#unpaidWrites(breakpoints, hitUnit, startMs);
    return {
      ...classify(prompt, toWrite, hitUnit),
      hitUnit,
      writtenUnits: toWrite.map(({ index }) => index),
      admitted: () => {
        if (hitUnit !== null) this.#refresh(prompt.units, breakpoints, hitUnit, startMs);
      },
      responseBegins: () => this.#write([...unpaid, ...toWrite], startMs),
      cancelled: () => this.#forget(toWrite),
    };
  }

  /**
   * Writes a five-minute entry at the last unit: server tools set a breakpoint of their own behind
   * their results.
   */
  writeAtEnd(prompt: RenderedPrompt, startMs: number): void {
    const unit = prompt.units.at(-1);
    if (unit !== undefined) this.#write([{ index: -1, unit, lifetime: "5m" }], startMs);
  }

  #findHit(
    units: readonly PromptUnit[],
    breakpoints: readonly Breakpoint[],
    startMs: number,
  ): number | null {
    for (const { index, unit } of breakpoints.toReversed()) {
      const lowest = unit.position - LOOKBACK_POSITIONS + 1;
      for (let at = index; at >= 0; at -= 1) {
        const candidate = units[at];
        if (candidate === undefined || candidate.position < lowest) break;
        if (this.#isLive(candidate.prefixHash, startMs)) return at;
      }
    }
    return null;
  }

  #isLive(prefixHash: string, nowMs: number): boolean {
    const entry = this.#entries.get(prefixHash);
    return entry !== undefined && nowMs < entry.expiresAtMs + this.#assumptions.expirySlackMs;
  }

  #refresh(
    units: readonly PromptUnit[],
    breakpoints: readonly Breakpoint[],
    hitUnit: number,
    startMs: number,
  ): void {
    const scope = this.#assumptions.hitRefreshes;
    const marked = new Map(breakpoints.map(({ index, lifetime }) => [index, lifetime]));
    for (let index = hitUnit; index >= 0; index -= 1) {
      const wanted =
        index === hitUnit ||
        scope === "all-prefixes" ||
        (scope === "marked-prefixes" && marked.has(index));
      const prefixHash = units[index]?.prefixHash;
      if (wanted && prefixHash !== undefined)
        this.#touch(prefixHash, startMs, marked.get(index) ?? null);
      if (scope === "hit-only") break;
    }
  }

  #touch(prefixHash: string, startMs: number, marker: "5m" | "1h" | null): void {
    const entry = this.#entries.get(prefixHash);
    if (entry === undefined || !this.#isLive(prefixHash, startMs)) return;
    if (marker === "1h" && this.#assumptions.oneHourMarkerUpgradesEntry) {
      entry.lifetimeMs = LIFETIME_MS["1h"];
    }
    entry.expiresAtMs = Math.max(entry.expiresAtMs, startMs + entry.lifetimeMs);
    this.#entries.delete(prefixHash);
    this.#entries.set(prefixHash, entry);
  }

  #unpaidWrites(
    breakpoints: readonly Breakpoint[],
    hitUnit: number | null,
    startMs: number,
  ): readonly Breakpoint[] {
    if (hitUnit === null || !this.#assumptions.markerBeforeHitIsWritten) return [];
    return breakpoints.filter(
      ({ index, unit }) => index < hitUnit && !this.#isLive(unit.prefixHash, startMs),
    );
  }

  #write(breakpoints: readonly Breakpoint[], startMs: number): void {
    for (const { unit, lifetime } of breakpoints) {
      const known = this.#entries.get(unit.prefixHash);
      const lifetimeMs = Math.max(LIFETIME_MS[lifetime], liveLifetime(known, startMs));
      const expiresAtMs = Math.max(startMs + lifetimeMs, known?.expiresAtMs ?? 0);
      this.#entries.delete(unit.prefixHash);
      this.#entries.set(unit.prefixHash, { lifetimeMs, expiresAtMs });
    }
    this.#evict();
  }

  #forget(breakpoints: readonly Breakpoint[]): void {
    if (this.#assumptions.cancelledRequestLeavesEntry) return;
    for (const { unit } of breakpoints) this.#entries.delete(unit.prefixHash);
  }

  #evict(): void {
    for (const prefixHash of this.#entries.keys()) {
      if (this.#entries.size <= CACHE_ENTRIES_MAX) return;
      this.#entries.delete(prefixHash);
    }
  }
}

function liveLifetime(entry: Entry | undefined, startMs: number): number {
  return entry !== undefined && startMs < entry.expiresAtMs ? entry.lifetimeMs : 0;
}

function markedUnits(prompt: RenderedPrompt): readonly Breakpoint[] {
  return prompt.units.flatMap((unit, index) =>
    unit.marker === null ? [] : [{ index, unit, lifetime: unit.marker.lifetime }],
  );
}

/**
 * Token positions ("mixed lifetimes"): A is the hit, B the last one-hour breakpoint after it, C the
 * last breakpoint, T the end of the prompt. Read A, one-hour B - A, five-minute C - B, input T - C.
 */
function classify(
  prompt: RenderedPrompt,
  toWrite: readonly Breakpoint[],
  hitUnit: number | null,
): Pick<CacheUse, "read" | "write1h" | "write5m" | "input"> {
  const a = hitUnit === null ? 0 : (prompt.units[hitUnit]?.endTokens ?? 0);
  const b = toWrite.findLast(({ lifetime }) => lifetime === "1h")?.unit.endTokens ?? a;
  const c = toWrite.at(-1)?.unit.endTokens ?? a;
  return { read: a, write1h: b - a, write5m: c - b, input: prompt.promptTokens - c };
}
