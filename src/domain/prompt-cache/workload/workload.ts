/** Traffic as the prompt cache sees it: requests in order of their start, each a path in a prefix tree. */
import type { DurationMs, Instant } from "../../../base/index.ts";
import type { PrefixIndex, PrefixTree } from "./prefix-tree.ts";

/** How a response ended, as far as it says when the next request comes. */
export type Ending =
  | "tool_use"
  | "end_turn"
  | "max_tokens"
  | "refusal"
  | "cancelled"
  | "failed"
  | "unknown";

export type Lifetime = "5m" | "1h";

/** A cache marker on a block of a workload's tree. */
export type PlacedMarker = { readonly node: PrefixIndex; readonly lifetime: Lifetime };

export type WorkloadRequest = {
  /** The last block that later requests could share; `NO_NODE` when there is none. */
  readonly leaf: PrefixIndex;
  /** Tokens after `leaf` that are known to be shared with nothing and cannot be marked. */
  readonly tailTokens: number;
  readonly startMs: Instant;
  /** When the response begins; what this request writes is readable from then on. */
  readonly responseBeginMs: Instant;
  readonly endMs: Instant;
  readonly ending: Ending;
  /** The conversation and the agent within it; only for reports, planners do not see them. */
  readonly session: string;
  readonly agent: string | null;
  readonly outputTokens: number;
  /** Markers the client sent, in order; `null` when the trace does not say. */
  readonly markersSent: readonly PlacedMarker[] | null;
};

export type Workload = {
  readonly name: string;
  readonly tree: PrefixTree;
  /** In order of `startMs`. */
  readonly requests: readonly WorkloadRequest[];
  /** What the reader had to assume, as sentences for the report. */
  readonly assumptions: readonly string[];
};

export const LIFETIME_MS: Readonly<Record<Lifetime, DurationMs>> = {
  "5m": 300_000 as DurationMs,
  "1h": 3_600_000 as DurationMs,
};
