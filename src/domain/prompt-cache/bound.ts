/**
 * The floor: what no policy can beat on this workload. Each block of the prefix tree is priced alone,
 * with perfect knowledge of the future and no limit on markers. docs/concepts/cache-bound.md proves it.
 */
import type { PriceRatios } from "./prediction/rules.ts";
import { LIFETIME_MS, type Workload } from "./workload/workload.ts";

export type BoundOptions = {
  readonly ratios: PriceRatios;
  readonly prefixTokensMin: number;
  /**
   * Whether lifetimes are those the billing rule allows (`extended`: a read may leave the block alive
   * for an hour, because a later block was written for an hour), or stay what the block was written
   * with (`as-written`). Only `extended` is a floor under every policy.
   */
  readonly lifetimes: "extended" | "as-written";
  /** Whether keep-alive calls may bridge a gap. Without them it is a floor for policies without. */
  readonly keepAlive: boolean;
};

export type BoundResult = { readonly inputTokenEquivalents: number };

/** Per node: when it was last visited, and the least spent so far by how it was left. */
type Columns = {
  readonly visitedMs: Float64Array;
  /** Left to die. */
  readonly dead: Float64Array;
  /** Left alive for five minutes. */
  readonly short: Float64Array;
  /** Left alive for an hour. */
  readonly long: Float64Array;
};

/** Prices `workload` at its floor, in one pass over the visits of its blocks. */
export function boundOf(workload: Workload, options: BoundOptions): BoundResult {
  const { tree } = workload;
  const columns = emptyColumns(tree.size);
  const prices = pricesOf(options);
  let uncacheable = 0;
  for (const request of workload.requests) {
    uncacheable += request.tailTokens;
    const leaf = request.leaf;
    if (leaf < 0) continue;
    if ((tree.prefixTokens[leaf] ?? 0) < options.prefixTokensMin) {
      uncacheable += tree.prefixTokens[leaf] ?? 0;
      continue;
    }
    visitPath(tree.parent, tree.prefixTokens, columns, prices, leaf, request.startMs);
  }
  return { inputTokenEquivalents: uncacheable + settle(workload, columns, options) };
}

type Prices = PriceRatios & {
  readonly prefixTokensMin: number;
  readonly extended: boolean;
  readonly keepAlive: boolean;
};

function pricesOf(options: BoundOptions): Prices {
  return {
    ...options.ratios,
    prefixTokensMin: options.prefixTokensMin,
    extended: options.lifetimes === "extended",
    keepAlive: options.keepAlive,
  };
}

function emptyColumns(size: number): Columns {
  return {
    visitedMs: new Float64Array(size),
    dead: new Float64Array(size),
    short: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    long: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
  };
}

const SHORT_MS = LIFETIME_MS["5m"];
const LONG_MS = LIFETIME_MS["1h"];

/**
 * One visit of every block from `leaf` up to the block in which the prefix reaches the minimum
 * length: what lies above that block can only be read together with it.
 */
function visitPath(
  parent: Int32Array,
  prefixTokens: Float64Array,
  columns: Columns,
  prices: Prices,
  leaf: number,
  nowMs: number,
): void {
  for (let node = leaf; node >= 0; ) {
    visitBlock(columns, prices, node, nowMs);
    const above = parent[node] ?? -1;
    if (above < 0 || (prefixTokens[above] ?? 0) < prices.prefixTokensMin) return;
    node = above;
  }
}

/** The three ways to leave a block after one more visit, each from the cheapest way to come to it. */
function visitBlock(columns: Columns, prices: Prices, node: number, nowMs: number): void {
  const { dead, short, long } = columns;
  const gapMs = nowMs - (columns.visitedMs[node] ?? 0);
  const shortBefore = short[node] ?? 0;
  const longBefore = long[node] ?? 0;
  const deadBefore = Math.min(dead[node] ?? 0, shortBefore, longBefore);
  const readShort = shortBefore + prices.read + bridgeShort(prices, gapMs);
  const readLong = longBefore + prices.read + bridgeLong(prices, gapMs);
  columns.visitedMs[node] = nowMs;
  dead[node] = deadBefore + 1;
  short[node] = Math.min(deadBefore + prices.write5m, readShort);
  long[node] = Math.min(
    deadBefore + prices.write1h,
    prices.extended ? Math.min(readShort, readLong) : readLong,
  );
}

/** What keeping a five-minute block alive over a gap costs, beyond the read at its end. */
function bridgeShort(prices: Prices, gapMs: number): number {
  if (gapMs <= SHORT_MS) return 0;
  if (!prices.keepAlive) return Number.POSITIVE_INFINITY;
  const refreshes = prices.extended
    ? Math.ceil((gapMs - SHORT_MS) / LONG_MS)
    : Math.ceil(gapMs / SHORT_MS) - 1;
  return prices.read * refreshes;
}

function bridgeLong(prices: Prices, gapMs: number): number {
  if (gapMs <= LONG_MS) return 0;
  return prices.keepAlive
    ? prices.read * (Math.ceil(gapMs / LONG_MS) - 1)
    : Number.POSITIVE_INFINITY;
}

/** The sum over all blocks of their tokens times the least they can have cost a token. */
function settle(workload: Workload, columns: Columns, options: BoundOptions): number {
  const { parent, prefixTokens, tokens } = workload.tree;
  let total = 0;
  for (let node = 0; node < workload.tree.size; node += 1) {
    const least = Math.min(
      columns.dead[node] ?? 0,
      columns.short[node] ?? 0,
      columns.long[node] ?? 0,
    );
    if (least === 0) continue;
    const above = parent[node] ?? -1;
    const inner = above >= 0 && (prefixTokens[above] ?? 0) >= options.prefixTokensMin;
    total += least * (inner ? (tokens[node] ?? 0) : (prefixTokens[node] ?? 0));
  }
  return total;
}
