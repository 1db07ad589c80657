/**
 * The provider's cache under traffic that is read one request at a time: prefixes by their keys, memory
 * bounded from the start. The same rules as a replay (prediction/predict.ts), without its whole tree.
 */
import { assert } from "../../base/index.ts";
import type { CachePlanner, PlannedMarker } from "./planner/create-planner.ts";
import { LivePrefixTree, type PromptPlace } from "./planner/live-tree.ts";
import { type CacheState, clearEntry, createCacheState } from "./prediction/cache-state.ts";
import { predictAndApply, refusalOf, type TokensByClass } from "./prediction/predict.ts";
import { type CacheAssumptions, DEFAULT_ASSUMPTIONS } from "./prediction/rules.ts";
import { NO_NODE } from "./workload/prefix-tree.ts";
import type { Lifetime } from "./workload/workload.ts";

/** Prefixes held at once; the least recently used make room. About 150 bytes each. */
export const LIVE_PREFIXES_MAX_DEFAULT = 262_144;

export type LiveCacheOptions = {
  readonly prefixTokensMin: number;
  readonly assumptions?: CacheAssumptions;
  readonly prefixesMax?: number;
};

export type LiveRequest = {
  readonly prompt: readonly PromptPlace[];
  /** Tokens after the last place, which nothing can share. */
  readonly tailTokens: number;
  readonly startMs: number;
  readonly responseBeginMs: number;
  readonly cancelled: boolean;
};

/** One cache: of one model, speed and workspace. */
export class LiveCache {
  readonly #live: LivePrefixTree;
  readonly #state: CacheState;
  readonly #prefixTokensMin: number;
  readonly #assumptions: CacheAssumptions;

  constructor({ prefixTokensMin, assumptions, prefixesMax }: LiveCacheOptions) {
    const nodes = prefixesMax ?? LIVE_PREFIXES_MAX_DEFAULT;
    this.#state = createCacheState(nodes);
    this.#live = new LivePrefixTree(nodes, (node) => clearEntry(this.#state, node));
    this.#prefixTokensMin = prefixTokensMin;
    this.#assumptions = assumptions ?? DEFAULT_ASSUMPTIONS;
  }

  /** What the request reads, writes and pays fresh with these markers, which it leaves in the cache. */
  step(request: LiveRequest, markers: readonly PlannedMarker[]): TokensByClass {
    const nodes = this.#live.place(request.prompt);
    const placed = markers.flatMap(({ block, lifetime }) => {
      const node = nodes[block];
      return node === undefined ? [] : [{ node, lifetime }];
    });
    assert(refusalOf(placed) === null, "markers that the API refuses");
    return predictAndApply(
      {
        tree: this.#live.tree,
        state: this.#state,
        prefixTokensMin: this.#prefixTokensMin,
        assumptions: this.#assumptions,
      },
      { ...request, leaf: nodes.at(-1) ?? NO_NODE },
      placed,
    );
  }
}

/** Where a rule marks a prompt, with no look at other traffic. */
export type MarkerRule = Pick<CachePlanner, "plan"> & Partial<Pick<CachePlanner, "observe">>;

export const noMarkers: MarkerRule = { plan: () => [] };

/** The API's own top-level marker: the last block that can carry one. */
export const automaticMarkers: MarkerRule = {
  plan: (prompt) => {
    const block = prompt.findLastIndex(({ markable }) => markable);
    return block === -1 ? [] : [{ block, lifetime: "5m" }];
  },
};

/** Last tool, last system block and the ends of the last two user turns, all for one lifetime. */
export function fixedMarkers(lifetime: Lifetime): MarkerRule {
  return {
    plan: (prompt) => {
      const last = (kind: PromptPlace["kind"]): number =>
        prompt.findLastIndex((place) => place.kind === kind && place.markable);
      const blocks = [last("tools"), last("system"), ...lastUserTurns(prompt, 2)];
      return [...new Set(blocks)]
        .filter((block) => block !== -1)
        .sort((left, right) => left - right)
        .map((block) => ({ block, lifetime }));
    },
  };
}

function lastUserTurns(prompt: readonly PromptPlace[], count: number): readonly number[] {
  const turns: number[] = [];
  let inTurn = false;
  for (let at = prompt.length - 1; at >= 0 && turns.length < count; at -= 1) {
    const place = prompt[at];
    if (place === undefined || place.kind === "tools" || place.kind === "system") break;
    const isUser = place.kind === "user_text" || place.kind === "tool_result";
    if (isUser && !inTurn && place.markable) turns.push(at);
    inTurn = isUser;
  }
  return turns;
}
