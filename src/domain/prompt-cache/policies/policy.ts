/** What a policy sees and says: for each request, where markers go and for how long. */
import type { TokensByClass } from "../prediction/predict.ts";
import type { CacheAssumptions, PriceRatios } from "../prediction/rules.ts";
import type { PrefixIndex, PrefixTree } from "../workload/prefix-tree.ts";
import type { Ending, PlacedMarker } from "../workload/workload.ts";

/** A request as a policy sees it before it is sent: its place in the tree and the time. */
export type RequestToPlan = {
  readonly index: number;
  readonly leaf: PrefixIndex;
  readonly startMs: number;
  readonly markersSent: readonly PlacedMarker[] | null;
};

/** What is known of a request once its response has ended. */
export type RequestOutcome = {
  readonly index: number;
  readonly leaf: PrefixIndex;
  readonly startMs: number;
  readonly responseBeginMs: number;
  readonly endMs: number;
  readonly ending: Ending;
  /** What the response said was read and written; `null` when it did not say. */
  readonly tokens: TokensByClass | null;
};

/** A call of no output (`max_tokens: 0`) that reads a prefix again so that it stays alive. */
export type KeepAliveCall = {
  readonly atMs: number;
  /** The end of the prompt that is waited for. */
  readonly prompt: PrefixIndex;
  /** The end of what is read again, on the path to `prompt`. */
  readonly leaf: PrefixIndex;
  readonly markers: readonly PlacedMarker[];
};

/** One way to mark traffic. Made anew for each replay by a {@link PolicyFactory}. */
export type CachePolicy = {
  readonly name: string;
  /** Markers in prompt order, at most four, no 5m before a 1h. May look only at the past. */
  readonly plan: (request: RequestToPlan) => readonly PlacedMarker[];
  /** Told once the response has ended, before any later request is planned. */
  readonly observe?: (outcome: RequestOutcome) => void;
  /** The earliest keep-alive call due at or before `untilMs`, or `null`. */
  readonly nextKeepAlive?: (untilMs: number) => KeepAliveCall | null;
  /** What was learned, as sentences. */
  readonly explain?: () => readonly string[];
};

export type PolicySetting = {
  /** What the policy takes the provider's cache to do where the documentation is silent. */
  readonly assumptions: CacheAssumptions;
  readonly tree: PrefixTree;
  readonly prefixTokensMin: number;
  readonly ratios: PriceRatios;
};

export type PolicyFactory = (setting: PolicySetting) => CachePolicy;
