/** The planner for live traffic: one request at a time, prefixes by their keys, bounded memory. */
import type { TokensByClass } from "../prediction/predict.ts";
import {
  type CacheAssumptions,
  DEFAULT_ASSUMPTIONS,
  type PriceRatios,
} from "../prediction/rules.ts";
import { NO_NODE } from "../workload/prefix-tree.ts";
import type { Ending, Lifetime } from "../workload/workload.ts";
import { LivePrefixTree, type PromptPlace } from "./live-tree.ts";
import { Planner } from "./planner.ts";

/** Prefixes remembered at once, about 200 bytes each. */
export const PLANNER_PREFIXES_MAX_DEFAULT = 131_072;
/** Blocks of one prompt that are planned; longer prompts are left alone. */
export const PROMPT_BLOCKS_MAX = 20_000;

export type PlannerOptions = {
  readonly prefixTokensMin: number;
  readonly ratios: PriceRatios;
  readonly assumptions?: CacheAssumptions;
  readonly keepAlive?: boolean;
  readonly prefixesMax?: number;
};

/** A marker by the place of its block in the prompt, counted from 0. */
export type PlannedMarker = { readonly block: number; readonly lifetime: Lifetime };

export type EndedResponse = {
  /** The key of the prompt's last block. */
  readonly key: string;
  readonly startMs: number;
  readonly responseBeginMs: number;
  readonly endMs: number;
  readonly ending: Ending;
  /** What it says was read and written; `null` when it did not say. */
  readonly tokens: TokensByClass | null;
};

/** A prefix that is worth being read again at `atMs`, so that it stays alive. */
export type DueKeepAlive = {
  readonly atMs: number;
  /** The key of the prompt that is waited for, and of the part of it that is to be read. */
  readonly promptKey: string;
  readonly prefixKey: string;
};

/** One planner a model, speed and workspace: caches are not shared between them. */
export type CachePlanner = {
  /** Markers for a prompt about to be sent, in prompt order, at most four, no 5m before a 1h. */
  readonly plan: (prompt: readonly PromptPlace[], nowMs: number) => readonly PlannedMarker[];
  readonly observe: (response: EndedResponse) => void;
  /**
   * The next keep-alive call due by `untilMs`; `null` without any, and for a planner that makes none. One
   * that `allows` refuses is not made, and its prefix is no longer watched.
   */
  readonly nextKeepAlive: (
    untilMs: number,
    allows: (due: DueKeepAlive) => boolean,
  ) => DueKeepAlive | null;
  /** What was learned, as sentences. */
  readonly explain: () => readonly string[];
};

export function createPlanner(options: PlannerOptions): CachePlanner {
  const prefixesMax = options.prefixesMax ?? PLANNER_PREFIXES_MAX_DEFAULT;
  const live = new LivePrefixTree(prefixesMax, (node) => planner.forget(node));
  const planner = new Planner(
    {
      tree: live.tree,
      prefixTokensMin: options.prefixTokensMin,
      ratios: options.ratios,
      assumptions: options.assumptions ?? DEFAULT_ASSUMPTIONS,
    },
    options.keepAlive ?? false,
  );
  const blocksMax = Math.min(PROMPT_BLOCKS_MAX, Math.floor(prefixesMax / 2));
  let index = 0;
  return {
    plan: (prompt, nowMs) => {
      if (prompt.length === 0 || prompt.length > blocksMax) return [];
      const nodes = live.place(prompt);
      const leaf = nodes[nodes.length - 1] ?? NO_NODE;
      index += 1;
      const markers = planner.plan({ index, leaf, startMs: nowMs, markersSent: null });
      return markers.map(({ node, lifetime }) => ({ block: nodes.lastIndexOf(node), lifetime }));
    },
    observe: (response) => {
      const leaf = live.find(response.key);
      if (leaf === NO_NODE) return;
      const tokens = scaled(response.tokens, live.tree.prefixTokens[leaf] ?? 0);
      planner.observe({ ...response, tokens, leaf, index });
    },
    nextKeepAlive: (untilMs, allows) => {
      let due: DueKeepAlive | null = null;
      const call = planner.nextKeepAlive(untilMs, ({ atMs, prompt, leaf }) => {
        due = { atMs, promptKey: live.keyOf(prompt), prefixKey: live.keyOf(leaf) };
        return allows(due);
      });
      return call === null ? null : due;
    },
    explain: () => planner.explain(),
  };
}

/** Billed tokens in the measure of the estimated ones: both stand for the same prompt. */
function scaled(tokens: TokensByClass | null, promptTokens: number): TokensByClass | null {
  if (tokens === null) return null;
  const billed = tokens.read + tokens.write5m + tokens.write1h + tokens.input;
  if (billed <= 0) return null;
  const scale = promptTokens / billed;
  return {
    read: tokens.read * scale,
    write5m: tokens.write5m * scale,
    write1h: tokens.write1h * scale,
    input: tokens.input * scale,
  };
}
