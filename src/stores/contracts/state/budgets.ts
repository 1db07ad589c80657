/** Budgets that were made by command. Those of `purser.yaml` are not among them. */
import type { Instant } from "../../../base/index.ts";
import type { AuthoredBudget } from "../../../domain/budgets/index.ts";

export type StoredBudget = {
  readonly budget: AuthoredBudget;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

/**
 * Changes are on the disk once they resolve, and known to every process that watches within moments.
 *
 * Errors: `STATE_*`.
 */
export type BudgetStore = {
  /** Errors: `BUDGET_NAME_TAKEN`, `BUDGETS_FULL`. */
  readonly create: (budget: AuthoredBudget, at: Instant) => Promise<void>;
  /** By name. */
  readonly list: () => Promise<readonly StoredBudget[]>;
  /** Takes the place of the one of the same name. Errors: `BUDGET_NOT_FOUND`. */
  readonly replace: (budget: AuthoredBudget, at: Instant) => Promise<void>;
  /** Errors: `BUDGET_NOT_FOUND`. */
  readonly remove: (name: string) => Promise<void>;
};
