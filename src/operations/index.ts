/**
 * operations: what Purser can be asked to do, each defined once.
 *
 * Answers:   name, input, output, effects, examples and the doing of every operation.
 * Promises:  exact amounts as decimal texts; measured and estimated apart; unknown said, never zero.
 * Does not:  know who asks: a command line, HTTP or the reference are faces derived from this.
 * Start at:  operation.ts, then operations-list.ts; one file per operation.
 */

export { alertsList } from "./alerts/alerts-list.ts";
export { alertsTest } from "./alerts/alerts-test.ts";
export { anomalies } from "./anomalies.ts";
export {
  batchCancel,
  batchList,
  batchResults,
  batchSubmit,
  batchWatch,
} from "./batch/index.ts";
export {
  budgetCreate,
  budgetEdit,
  budgetExplain,
  budgetList,
  budgetRemove,
  budgetShow,
} from "./budgets/index.ts";
export { cacheMisses } from "./cache-misses.ts";
export { cachePlan } from "./cache-plan.ts";
export { cacheReplay } from "./cache-replay.ts";
export type {
  DataDirectoryState,
  OperationContext,
  Probes,
  ReloadReport,
  UpstreamState,
} from "./context.ts";
export { cost } from "./cost.ts";
export { doctor } from "./doctor.ts";
export { estimate } from "./estimate.ts";
export { exchange } from "./exchange.ts";
export { forecast } from "./forecast.ts";
export { importOperation } from "./import.ts";
export {
  checkInput,
  describeInput,
  type FieldTexts,
  type InputField,
  readTexts,
} from "./input-fields.ts";
export { keysCreate, keysList, keysRevoke, keysRotate, keysShow } from "./keys/index.ts";
export { ledgerExport } from "./ledger-export.ts";
export { ledgerTail } from "./ledger-tail.ts";
export { ledgerVerify } from "./ledger-verify.ts";
export { models } from "./models.ts";
export type { Operation, OperationExample } from "./operation.ts";
export { OPERATIONS, REMOTE_OPERATIONS } from "./operations-list.ts";
export { reconcile } from "./reconcile.ts";
export { reload } from "./reload.ts";
export { savings } from "./savings.ts";
export { spendReport } from "./spend-report.ts";
export { whatif } from "./whatif.ts";
