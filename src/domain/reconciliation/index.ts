/**
 * reconciliation: the ledger against the provider's own books.
 *
 * Answers:   where the two differ, day by day and group by group, tokens first and money second; what
 *            each difference comes from; whether it is beyond the tolerance.
 * Promises:  exact: whole tokens and picodollars; only what the report was grouped by is told apart; a
 *            difference always has a cause, and only causes that leave nothing missing are harmless.
 * Does not:  read reports (wire/usage-report does), ask the ledger, price anything.
 * Start at:  books.ts, then reconcile.ts.
 */
export {
  type BookGroup,
  type CostRow,
  DRIFT_CAUSES,
  type Drift,
  type DriftCause,
  type LedgerRow,
  type UsageRow,
} from "./books.ts";
export { type ReconcileQuestion, type Reconciliation, reconcile } from "./reconcile.ts";
