/**
 * The best plan for one block: what each of its visits would have cost had the block been read, written
 * for five minutes or an hour, kept alive or left, with knowledge of the whole future and no limit on
 * markers. The rules are those of the floor (docs/concepts/cache-bound.md), without a minimum length.
 */
import { LIFETIME_MS } from "../workload/workload.ts";
import type { TokenPrices } from "./seen-request.ts";

export type Visit = {
  readonly atMs: number;
  /** Tokens of the block in that request; they may differ a little from visit to visit. */
  readonly tokens: number;
  readonly prices: TokenPrices;
};

const STATES = ["dead", "short", "long"] as const;
type State = (typeof STATES)[number];

/** The cheapest way to leave the block in some state after a visit. */
type Way = { readonly total: number; readonly step: number; readonly from: State | null };
type Ways = Readonly<Record<State, Way>>;

/**
 * What each visit costs in the cheapest plan, in picodollars. `aliveBefore` says that the block was in
 * the cache before the first visit, as a request before the window had left it.
 */
export function bestVisits(visits: readonly Visit[], aliveBefore: boolean): readonly number[] {
  const steps: Ways[] = [];
  let before: Ways | null = null;
  let beforeMs = 0;
  for (const visit of visits) {
    const gapMs = visit.atMs - beforeMs;
    const ways: Ways =
      before === null ? firstVisit(visit, aliveBefore) : nextVisit(before, visit, gapMs);
    steps.push(ways);
    before = ways;
    beforeMs = visit.atMs;
  }
  return traceBack(steps);
}

function firstVisit({ tokens, prices }: Visit, aliveBefore: boolean): Ways {
  const way = (price: number): Way => ({ total: tokens * price, step: tokens * price, from: null });
  return aliveBefore
    ? { dead: way(prices.read), short: way(prices.read), long: way(prices.read) }
    : { dead: way(prices.input), short: way(prices.write5m), long: way(prices.write1h) };
}

function nextVisit(before: Ways, { tokens, prices }: Visit, gapMs: number): Ways {
  const cheapest = STATES.reduce((best, state) =>
    before[state].total < before[best].total ? state : best,
  );
  const miss = (price: number): Way => step(before, cheapest, tokens * price);
  const read = (state: "short" | "long"): Way =>
    step(before, state, tokens * prices.read * (1 + refreshes(state, gapMs)));
  const short = cheaper(miss(prices.write5m), read("short"));
  return {
    dead: miss(prices.input),
    short,
    long: cheaper(cheaper(miss(prices.write1h), read("long")), read("short")),
  };
}

function step(before: Ways, from: State, cost: number): Way {
  return { total: before[from].total + cost, step: cost, from };
}

function cheaper(one: Way, other: Way): Way {
  return other.total < one.total ? other : one;
}

/** Calls of no output that bridge a gap. After the first, a block may live for an hour. */
function refreshes(state: "short" | "long", gapMs: number): number {
  const hourMs = LIFETIME_MS["1h"];
  if (state === "long") return Math.max(0, Math.ceil(gapMs / hourMs) - 1);
  return Math.max(0, Math.ceil((gapMs - LIFETIME_MS["5m"]) / hourMs));
}

function traceBack(steps: readonly Ways[]): readonly number[] {
  const costs: number[] = new Array<number>(steps.length).fill(0);
  const last = steps.at(-1);
  if (last === undefined) return costs;
  let state: State | null = STATES.reduce((best, name) =>
    last[name].total < last[best].total ? name : best,
  );
  for (let index = steps.length - 1; index >= 0 && state !== null; index -= 1) {
    const way: Way | undefined = steps[index]?.[state];
    costs[index] = way?.step ?? 0;
    state = way?.from ?? null;
  }
  return costs;
}
