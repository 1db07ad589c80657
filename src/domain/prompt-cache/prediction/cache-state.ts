/** The provider's prompt cache as a table of entries, one per prefix that some request marked. */
import type { PrefixIndex } from "../workload/prefix-tree.ts";
import { LIFETIME_MS, type Lifetime } from "../workload/workload.ts";

/** Columns over the nodes of one prefix tree. An entry past `expiresMs` is kept to say why it missed. */
export type CacheState = {
  /** When the entry dies if nobody reads it; 0 where none was ever written. Dead at that very moment. */
  readonly expiresMs: Float64Array;
  /** From when on it can be read. */
  readonly readableMs: Float64Array;
  /** 0 none, otherwise its lifetime. */
  readonly lifetimeMs: Float64Array;
};

export function createCacheState(nodes: number): CacheState {
  return {
    expiresMs: new Float64Array(nodes),
    readableMs: new Float64Array(nodes),
    lifetimeMs: new Float64Array(nodes),
  };
}

/** Whether `node` holds an entry that a request starting at `nowMs` can read. */
export function isReadable(state: CacheState, node: PrefixIndex, nowMs: number): boolean {
  return (
    (state.lifetimeMs[node] ?? 0) > 0 &&
    nowMs < (state.expiresMs[node] ?? 0) &&
    nowMs >= (state.readableMs[node] ?? 0)
  );
}

/** A read: the clock of the entry starts again at the start of the request, at no charge. */
export function refreshEntry(state: CacheState, node: PrefixIndex, nowMs: number): void {
  const until = nowMs + (state.lifetimeMs[node] ?? 0);
  if (until > (state.expiresMs[node] ?? 0)) state.expiresMs[node] = until;
}

/** A write at a breakpoint. A live entry keeps the longer lifetime and the earlier readability. */
export function writeEntry(
  state: CacheState,
  node: PrefixIndex,
  lifetime: Lifetime,
  startMs: number,
  readableMs: number,
): void {
  const lastsMs = LIFETIME_MS[lifetime];
  const alive = (state.lifetimeMs[node] ?? 0) > 0 && startMs < (state.expiresMs[node] ?? 0);
  const readableBefore = alive ? (state.readableMs[node] ?? 0) : Number.POSITIVE_INFINITY;
  state.readableMs[node] = Math.min(readableBefore, readableMs);
  state.lifetimeMs[node] = alive ? Math.max(state.lifetimeMs[node] ?? 0, lastsMs) : lastsMs;
  state.expiresMs[node] = Math.max(alive ? (state.expiresMs[node] ?? 0) : 0, startMs + lastsMs);
}

/** Forgets that `node` ever held an entry. */
export function clearEntry(state: CacheState, node: PrefixIndex): void {
  state.lifetimeMs[node] = 0;
  state.expiresMs[node] = 0;
  state.readableMs[node] = 0;
}
