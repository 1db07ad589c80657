/**
 * Traffic that nobody recorded: recorded traces taken apart and put together in other ways, so that a
 * planner is not judged by the one order, pace and mix that happened to be recorded. Seeded.
 */
import { instant } from "../../src/base/index.ts";
import {
  NO_NODE,
  type PrefixTree,
  type Workload,
  type WorkloadRequest,
} from "../../src/domain/prompt-cache/index.ts";

export type Random = () => number;

/** A small seeded generator (mulberry32): the same seed gives the same traffic. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A request of the result, by its index in the original and the time it is moved by. */
type Kept = { readonly index: number; readonly movedMs: number; readonly scale: number };

/** `workload` with only the requests of `kept`, at their new times. Boundaries show when first seen. */
function rearranged(workload: Workload, kept: readonly Kept[]): Workload {
  const placed = kept
    .flatMap(({ index, movedMs, scale }) => {
      const request = workload.requests[index];
      return request === undefined ? [] : [{ index, request: moved(request, movedMs, scale) }];
    })
    .sort((a, b) => a.request.startMs - b.request.startMs || a.index - b.index);
  const { parent, firstSeenBy } = workload.tree;
  const shown = new Int32Array(workload.tree.size).fill(-1);
  placed.forEach(({ index, request }, at) => {
    for (let node = request.leaf; node !== NO_NODE; node = parent[node] ?? NO_NODE) {
      if (shown[node] === -1 && (firstSeenBy[node] ?? 0) <= index) shown[node] = at;
    }
  });
  return {
    ...workload,
    tree: {
      ...workload.tree,
      firstSeenBy: shown.map((at) => (at === -1 ? placed.length : at)),
    },
    requests: placed.map(({ request }) => request),
  };
}

/** Times scale about zero. A response takes as long as it did, or less where all goes faster. */
function moved(request: WorkloadRequest, movedMs: number, scale: number): WorkloadRequest {
  const startMs = request.startMs * scale + movedMs;
  const stretch = Math.min(1, scale);
  const later = (ms: number) => instant(startMs + stretch * (ms - request.startMs));
  return {
    ...request,
    startMs: instant(startMs),
    responseBeginMs: later(request.responseBeginMs),
    endMs: later(request.endMs),
  };
}

const all = (workload: Workload): number[] => workload.requests.map((_, index) => index);

/** All gaps `scale` times as long. */
export function paced(workload: Workload, scale: number): Workload {
  return rearranged(
    workload,
    all(workload).map((index) => ({ index, movedMs: 0, scale })),
  );
}

/** A prompt that this many others go on from is a place that conversations share, not the end of one. */
const SHARED_FROM = 4;

/** The conversation of each request: that of the longest earlier prompt it goes on from, or its own. */
export function conversationsOf(workload: Workload): Int32Array {
  const { parent } = workload.tree;
  const walk = (count: (leaf: number) => boolean): number[] => {
    const earlier = new Set<number>();
    return workload.requests.map(({ leaf }) => {
      let node = leaf;
      while (node !== NO_NODE && !(earlier.has(node) && count(node)))
        node = parent[node] ?? NO_NODE;
      earlier.add(leaf);
      return node;
    });
  };
  const continuations = new Map<number, number>();
  for (const from of walk(() => true)) continuations.set(from, (continuations.get(from) ?? 0) + 1);
  const byLeaf = new Map<number, number>();
  const own = walk((node) => (continuations.get(node) ?? 0) < SHARED_FROM);
  return Int32Array.from(workload.requests, ({ leaf }, index) => {
    const conversation = byLeaf.get(own[index] ?? NO_NODE) ?? index;
    byLeaf.set(leaf, conversation);
    return conversation;
  });
}

/** The unit of traffic of each request: its session, or where a trace has none, its conversation. */
function unitsOf(workload: Workload): Int32Array {
  const sessions = new Map<string, number>();
  for (const { session } of workload.requests) {
    if (!sessions.has(session)) sessions.set(session, sessions.size);
  }
  if (sessions.size === workload.requests.length) return conversationsOf(workload);
  return Int32Array.from(workload.requests, ({ session }) => sessions.get(session) ?? 0);
}

/** A random share of the conversations, whole. */
export function sampled(workload: Workload, share: number, seed: number): Workload {
  const random = randomOf(seed);
  const units = unitsOf(workload);
  const chosen = new Map<number, boolean>();
  for (const unit of units) if (!chosen.has(unit)) chosen.set(unit, random() < share);
  return rearranged(
    workload,
    all(workload).flatMap((index) =>
      chosen.get(units[index] ?? 0) ? [{ index, movedMs: 0, scale: 1 }] : [],
    ),
  );
}

/** Only the first `turns` requests of each conversation. */
export function cutShort(workload: Workload, turns: number): Workload {
  const units = unitsOf(workload);
  const seen = new Map<number, number>();
  return rearranged(
    workload,
    all(workload).flatMap((index) => {
      const count = (seen.get(units[index] ?? 0) ?? 0) + 1;
      seen.set(units[index] ?? 0, count);
      return count <= turns ? [{ index, movedMs: 0, scale: 1 }] : [];
    }),
  );
}

/** Conversations that followed one another begin at random moments within `withinMs` instead. */
export function interleaved(workload: Workload, withinMs: number, seed: number): Workload {
  const random = randomOf(seed);
  const units = unitsOf(workload);
  const shift = new Map<number, number>();
  return rearranged(
    workload,
    all(workload).map((index) => {
      const unit = units[index] ?? 0;
      const startMs = workload.requests[index]?.startMs ?? 0;
      if (!shift.has(unit)) shift.set(unit, Math.floor(random() * withinMs) - startMs);
      return { index, movedMs: shift.get(unit) ?? 0, scale: 1 };
    }),
  );
}

/** The second half of the time first, then the first half. */
export function halvesSwapped(workload: Workload): Workload {
  const units = unitsOf(workload);
  const first = workload.requests[0]?.startMs ?? 0;
  const last = workload.requests.at(-1)?.startMs ?? 0;
  const middle = (first + last) / 2;
  const late = new Map<number, boolean>();
  return rearranged(
    workload,
    all(workload).map((index) => {
      const unit = units[index] ?? 0;
      const startMs = workload.requests[index]?.startMs ?? 0;
      if (!late.has(unit)) late.set(unit, startMs >= middle);
      return { index, movedMs: late.get(unit) ? 0 : last - first + 3_600_000, scale: 1 };
    }),
  );
}

/** Several workloads at once, each spread over `withinMs` from its own first request on. */
export function mixed(workloads: readonly Workload[], withinMs: number): Workload {
  const parts = workloads.map((workload) => fitted(workload, withinMs));
  const trees = parts.map(({ tree }) => tree);
  const offsets = trees.map((_, at) => trees.slice(0, at).reduce((sum, { size }) => sum + size, 0));
  const requests = parts
    .flatMap((part, at) =>
      part.requests.map((request, index) => ({
        request: shifted(request, offsets[at] ?? 0),
        at,
        index,
      })),
    )
    .sort((a, b) => a.request.startMs - b.request.startMs);
  const newIndex = parts.map(({ requests: own }) => new Int32Array(own.length));
  requests.forEach(({ at, index }, position) => {
    const column = newIndex[at];
    if (column !== undefined) column[index] = position;
  });
  return {
    name: "mixed",
    tree: joined(trees, offsets, newIndex, requests.length),
    requests: requests.map(({ request }) => request),
    assumptions: [],
  };
}

function fitted(workload: Workload, withinMs: number): Workload {
  const first = workload.requests[0]?.startMs ?? 0;
  const last = workload.requests.at(-1)?.startMs ?? 0;
  const kept = all(workload).filter(
    (index) => (workload.requests[index]?.startMs ?? 0) - first <= withinMs,
  );
  const moving = last > first ? -first : 0;
  return rearranged(
    workload,
    kept.map((index) => ({ index, movedMs: moving, scale: 1 })),
  );
}

function shifted(request: WorkloadRequest, offset: number): WorkloadRequest {
  return { ...request, leaf: request.leaf === NO_NODE ? NO_NODE : request.leaf + offset };
}

function joined(
  trees: readonly PrefixTree[],
  offsets: readonly number[],
  newIndex: readonly Int32Array[],
  requests: number,
): PrefixTree {
  const size = trees.reduce((sum, tree) => sum + tree.size, 0);
  const tree = {
    size,
    parent: new Int32Array(size),
    tokens: new Float64Array(size),
    prefixTokens: new Float64Array(size),
    position: new Int32Array(size),
    kind: new Uint8Array(size),
    markable: new Uint8Array(size),
    firstSeenBy: new Int32Array(size),
  };
  trees.forEach((part, at) => {
    const offset = offsets[at] ?? 0;
    tree.parent.set(
      part.parent.map((node) => (node === NO_NODE ? NO_NODE : node + offset)),
      offset,
    );
    tree.tokens.set(part.tokens, offset);
    tree.prefixTokens.set(part.prefixTokens, offset);
    tree.position.set(part.position, offset);
    tree.kind.set(part.kind, offset);
    tree.markable.set(part.markable, offset);
    tree.firstSeenBy.set(
      part.firstSeenBy.map((index) => newIndex[at]?.[index] ?? requests),
      offset,
    );
  });
  return tree;
}
