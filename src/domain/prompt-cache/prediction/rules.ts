/**
 * The rules of the provider's prompt cache, and the points its documentation leaves open.
 * Sources: docs/concepts/prompt-cache.md restates each row.
 */

/** What differs by model. */
export type CacheRules = {
  /** Shortest prefix that is kept ("prompt caching: minimum cacheable prefix"). */
  readonly prefixTokensMin: number;
};

export const BREAKPOINTS_MAX = 4;
/** Positions looked at per breakpoint, the breakpoint itself included. */
export const LOOKBACK_POSITIONS_MAX = 20;

/** What a token costs, in fresh input tokens of the same model. */
export type PriceRatios = {
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
};

/** Points the documentation leaves open, each as a choice. */
export type CacheAssumptions = {
  /**
   * Which entries a read keeps alive. `marked`: the one that was read, and those at this request's own
   * markers before it. `longest`: only the one that was read. `whole-prefix`: all on the prefix read.
   */
  readonly refreshes: "marked" | "longest" | "whole-prefix";
  /** Whether a 1h marker on a block that holds a live 5m entry turns it into a 1h entry. */
  readonly upgradesLifetime: boolean;
  /** Whether a marker inside the prefix that was read leaves an entry there, at no charge. */
  readonly writesBelowHit: boolean;
  /**
   * Whether a 1h marker past a live 5m entry keeps the whole prefix for an hour, as the bill suggests:
   * it charges the hour only for what lies between the two. If not, it lives as long as what it stands on.
   */
  readonly longMarkerCarriesPrefix: boolean;
  /** Whether a cancelled request leaves what it wrote. */
  readonly cancelledLeavesEntry: boolean;
};

export const DEFAULT_ASSUMPTIONS: CacheAssumptions = {
  refreshes: "marked",
  upgradesLifetime: false,
  writesBelowHit: true,
  longMarkerCarriesPrefix: true,
  cancelledLeavesEntry: true,
};
