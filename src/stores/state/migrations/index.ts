/**
 * migrations: the schema of the state store, step by step.
 *
 * Answers:   how a database gets from any earlier version to this one.
 * Promises:  forward only, in one transaction: all steps or none.
 * Does not:  go back, or change a step that was published.
 * Start at:  migrate.ts; the newest file shows how a step is written.
 */
import { virtualKeys } from "./0001-virtual-keys.ts";
import { batches } from "./0002-batches.ts";
import { budgets } from "./0003-budgets.ts";
import { deferredCalls } from "./0004-deferred-calls.ts";
import { alerts } from "./0005-alerts.ts";
import { batchJobs } from "./0006-batch-jobs.ts";
import type { Migration } from "./migration.ts";

export { migrate } from "./migrate.ts";
export type { Migration } from "./migration.ts";

/** In order; a new one goes to the end. */
export const MIGRATIONS: readonly Migration[] = [
  virtualKeys,
  batches,
  budgets,
  deferredCalls,
  alerts,
  batchJobs,
];
