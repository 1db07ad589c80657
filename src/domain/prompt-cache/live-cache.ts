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

/** A block whose key says its content alone, and whose size is an estimate. */
export type WeighedBlock = Omit<PromptPlace, "tokens"> & { readonly weight: number };

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

  /**
   * Blocks of estimated sizes as places that come to what was billed: known prefixes keep their size,
   * and what is new is scaled to the rest. What no block can take is the tail.
   */
  billedPlaces(
    blocks: readonly WeighedBlock[],
    promptTokens: number,
  ): { readonly prompt: readonly PromptPlace[]; readonly tailTokens: number } {
    const keys = prefixKeys(blocks);
    let known = blocks.length - 1;
    while (known >= 0 && this.#live.find(keys[known] ?? "") === NO_NODE) known -= 1;
    const above = known < 0 ? 0 : this.#tokensOf(keys[known] ?? "");
    const left = Math.max(0, promptTokens - above);
    let weight = 0;
    for (let at = known + 1; at < blocks.length; at += 1) weight += blocks[at]?.weight ?? 0;
    let running = 0;
    let given = 0;
    const prompt = blocks.map(({ kind, markable, weight: own }, at): PromptPlace => {
      if (at <= known || weight <= 0) return { key: keys[at] ?? "", kind, markable, tokens: 0 };
      running += own;
      const upTo = Math.round((left * running) / weight);
      const tokens = upTo - given;
      given = upTo;
      return { key: keys[at] ?? "", kind, markable, tokens };
    });
    return { prompt, tailTokens: left - given };
  }

  #tokensOf(key: string): number {
    return this.#live.tree.prefixTokens[this.#live.find(key)] ?? 0;
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

/** Two 32-bit hashes of a prefix as its key: among the prefixes of one cache they do not meet. */
function prefixKeys(blocks: readonly WeighedBlock[]): readonly string[] {
  let left = 0x811c9dc5;
  let right = 0x9e3779b9;
  return blocks.map(({ key }) => {
    for (let at = 0; at < key.length; at += 1) {
      const code = key.charCodeAt(at);
      left = Math.imul(left ^ code, 0x01000193);
      right = Math.imul(right ^ code, 0x85ebca6b) ^ (right >>> 15);
    }
    // The end of a block counts, so that two short ones are not one long one.
    left = Math.imul(left ^ 0x1f, 0x01000193);
    return `${(left >>> 0).toString(36)}.${(right >>> 0).toString(36)}`;
  });
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
