/** The two books, ours and the provider's, as rows that can be held against each other. */
import type { PicoUsd } from "../../base/index.ts";

/** What both books can tell apart. `null` is a default, or a dimension that a report was not grouped by. */
export const BOOK_DIMENSIONS = ["model", "serviceTier", "speed", "inferenceGeo"] as const;
export type BookDimension = (typeof BOOK_DIMENSIONS)[number];
export type BookGroup = { readonly [Name in BookDimension]: string | null };

type OnDay = BookGroup & {
  /** Days since 1970 UTC. */
  readonly day: number;
};

/** Ours: see the ledger's question `billedUsage`. */
export type LedgerRow = OnDay & {
  readonly imported: boolean;
  /** `null` in a row of estimates. */
  readonly item: string | null;
  readonly quantity: bigint;
  readonly amount: PicoUsd;
  readonly unpricedExchanges: number;
  readonly estimatedExchanges: number;
  readonly estimatedInputTokens: bigint;
  readonly estimatedOutputTokens: bigint;
};

export type UsageRow = OnDay & { readonly item: string; readonly quantity: bigint };

/** `item` is `null` where the report is not split by token class. */
export type CostRow = OnDay & { readonly item: string | null; readonly amount: PicoUsd };

/** Why two figures differ. */
export const DRIFT_CAUSES = [
  "not-through-purser",
  "not-in-report",
  "late-data",
  "day-boundary",
  "region",
  "estimates",
  "imported",
  "unpriced",
  "priority-tier",
  "context-step",
  "price",
] as const;
export type DriftCause = (typeof DRIFT_CAUSES)[number];

/** Those that are told and are no finding: nothing is missing in either book. */
export const HARMLESS_CAUSES: readonly DriftCause[] = [
  "late-data",
  "day-boundary",
  "region",
  "estimates",
  "imported",
  "priority-tier",
  "context-step",
];

/** A figure of one day and group in both books. Quantities are tokens (searches), or picodollars. */
export type Cell = {
  readonly day: number;
  /** `null` where the report was not grouped by it. */
  readonly group: BookGroup;
  readonly item: string | null;
  readonly report: bigint;
  readonly ledger: bigint;
  /** The part of `ledger` that did not pass through the gateway. */
  readonly imported: bigint;
  /** The part of `ledger` at the Priority Tier. */
  readonly priority: bigint;
  readonly unpricedExchanges: number;
};

export type Drift = Cell & {
  /** `report - ledger`. */
  readonly difference: bigint;
  readonly cause: DriftCause;
  /** Beyond the tolerance, for a cause that is not harmless. */
  readonly flagged: boolean;
};
