/** A design: what a system will ask of the API, before there is any traffic. Sizes are in tokens. */
import type { TokenizerFamily } from "../../catalogue/index.ts";
import type { Effort } from "../effort-index.ts";
import type { Distribution } from "./distribution.ts";

/** How a design's prompts are marked for the cache. */
export const CACHE_RULES = ["none", "5m", "1h", "automatic"] as const;
export type CacheRule = (typeof CACHE_RULES)[number];

export type Volume = {
  /** What is counted: single calls, or whole conversations. */
  readonly of: "calls" | "conversations";
  /** How many on a mean day. A distribution varies from day to day. */
  readonly perDay: Distribution;
  readonly users: number | null;
  /** Weights of the 24 hours UTC, of the days from Monday on, and of the months. All equal when empty. */
  readonly byHour: readonly number[];
  readonly byWeekday: readonly number[];
  readonly byMonth: readonly number[];
  /** Evenly spaced, or at random. */
  readonly arrivals: "even" | "random";
};

export type Workload = {
  readonly name: string;
  readonly model: string | null;
  readonly effort: Effort | null;
  readonly cache: CacheRule;
  readonly batch: boolean;
  /** How long an answer may take; `null` when nothing is said. */
  readonly latencyMsMax: number | null;
  readonly tools: Distribution;
  readonly system: Distribution;
  /** Put before the first message; the same for all conversations, or each with its own. */
  readonly documents: { readonly tokens: Distribution; readonly shared: boolean };
  /** Put behind each message; dropped from the history, or kept in it. */
  readonly retrieval: { readonly tokens: Distribution; readonly kept: boolean };
  readonly message: Distribution;
  readonly output: Distribution;
  readonly outputTokensMax: number | null;
  readonly turns: Distribution;
  /** What a past turn leaves in the history; its message and its answer when `null`. */
  readonly historyPerTurn: Distribution | null;
  /** How many past turns are sent along; all when `null`. */
  readonly historyTurnsMax: number | null;
  readonly secondsBetweenTurns: Distribution;
  /** Share of calls that are made once more, and billed twice. */
  readonly retries: number;
  readonly webSearchesPerCall: Distribution;
  readonly volume: Volume;
};

export type Design = {
  readonly workloads: readonly Workload[];
  /** What the sizes were counted with. */
  readonly tokenizer: TokenizerFamily;
  /** Share of what a cache could serve that is read inside a batch. */
  readonly batchCacheHits: number;
};
