/**
 * What Purser remembers besides the ledger: definitions that people make and change. Any process may
 * read and write it while the gateway runs.
 */
import type { AlertStore } from "./alerts.ts";
import type { BatchJobStore } from "./batch-jobs.ts";
import type { BatchStore } from "./batches.ts";
import type { BudgetStore } from "./budgets.ts";
import type { DeferredStore } from "./deferred-calls.ts";
import type { VirtualKeyStore } from "./virtual-keys.ts";

/** What can be watched for changes; each kind of record has its own. */
export const STATE_TOPICS = [
  "keys",
  "batches",
  "budgets",
  "deferred",
  "alerts",
  "batch-jobs",
] as const;
export type StateTopic = (typeof STATE_TOPICS)[number];

/**
 * Errors, of every method: `STATE_BUSY` when others write for too long, `STATE_UNWRITABLE` when the
 * disk refuses, `STATE_DAMAGED`.
 */
export type StateStore = {
  readonly keys: VirtualKeyStore;
  readonly batches: BatchStore;
  readonly budgets: BudgetStore;
  readonly deferred: DeferredStore;
  readonly alerts: AlertStore;
  readonly batchJobs: BatchJobStore;
  /**
   * Calls `onChange` after each change of the topic: those of this store before they resolve, those
   * of other processes within a second. Failures of `onChange` after another process's change are
   * told to `onFailure`, and tried again. Returns how to stop.
   */
  readonly watch: (topic: StateTopic, watcher: StateWatcher) => () => void;
  /** Harmless to repeat. */
  readonly close: () => Promise<void>;
};

export type StateWatcher = {
  readonly onChange: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
};
