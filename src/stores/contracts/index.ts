/**
 * stores/contracts: what Purser remembers, without saying how.
 *
 * Answers:   what the ledger is told of an exchange, and which questions it answers; which definitions
 *            people make, and how they are found and changed.
 * Promises:  types only, no implementation. Measured and estimated amounts are different fields.
 * Does not:  know files, SQL or an engine.
 * Start at:  ledger/entry.ts, then ledger/questions.ts; for definitions, state/state-store.ts.
 */
export type { DataDirectory } from "./data-directory.ts";
export {
  type Attributes,
  type CorrectedEntry,
  type EstimatedCharge,
  IMPORT_SOURCES,
  type ImportOrigin,
  type ImportSource,
  type LedgerEntry,
  type MeasuredCharge,
  type OpenedEntry,
  OUTCOMES,
  type Outcome,
  type ReportedMiss,
  type ReportedUsage,
  type RequestSettings,
  type SettledEntry,
  type Versions,
  type WorstCase,
} from "./ledger/entry.ts";
export type { ImportAnswer, ImportedExchange, LedgerImporter } from "./ledger/importer.ts";
export {
  type ArmRow,
  type ArmsQuestion,
  type BilledUsageRow,
  CHARGE_ATTRIBUTES,
  type ChargeAttribute,
  type ChargeRow,
  type ChargesQuestion,
  type Dimension,
  type Filter,
  PLAIN_DIMENSIONS,
  type PlainDimension,
  SERIES_MEASURES,
  type SeriesAnswer,
  type SeriesMeasure,
  type SeriesQuestion,
  type SeriesRow,
  type SpendAnswer,
  type SpendQuestion,
  type SpendRow,
  type SpendTotals,
  type Window,
} from "./ledger/questions.ts";
export {
  EXPORT_FORMATS,
  type Exchange,
  type ExportFormat,
  type ExportQuestion,
  type LedgerReader,
  type PromptedExchange,
  type VerifyAnswer,
  type VerifyFinding,
} from "./ledger/reader.ts";
export type { TrafficBatch, TrafficCounts, TrafficProfile } from "./ledger/traffic.ts";
export type { LedgerState, LedgerWriter } from "./ledger/writer.ts";
export {
  ALERT_KINDS,
  type AlertKind,
  type AlertStore,
  type DeliveryState,
  type LeasedDelivery,
  type NewAlert,
  type StoredAlert,
} from "./state/alerts.ts";
export type {
  BatchJob,
  BatchJobPart,
  BatchJobStore,
  BatchPartState,
  NewBatchJobPart,
} from "./state/batch-jobs.ts";
export type {
  BatchItemRecord,
  BatchItemState,
  BatchRecord,
  BatchStore,
  UnbookedBatch,
} from "./state/batches.ts";
export type { BudgetStore, StoredBudget } from "./state/budgets.ts";
export type {
  DeferredAnswer,
  DeferredCall,
  DeferredCounts,
  DeferredState,
  DeferredStatus,
  DeferredStore,
  NewDeferredCall,
} from "./state/deferred-calls.ts";
export {
  STATE_TOPICS,
  type StateStore,
  type StateTopic,
  type StateWatcher,
} from "./state/state-store.ts";
export type {
  KeySecret,
  NewVirtualKey,
  VirtualKey,
  VirtualKeyStore,
} from "./state/virtual-keys.ts";
