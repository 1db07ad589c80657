import { alertsList } from "./alerts/alerts-list.ts";
import { alertsTest } from "./alerts/alerts-test.ts";
import { anomalies } from "./anomalies.ts";
import { batchCancel, batchList, batchResults, batchSubmit, batchWatch } from "./batch/index.ts";
import {
  budgetCreate,
  budgetEdit,
  budgetExplain,
  budgetList,
  budgetRemove,
  budgetShow,
} from "./budgets/index.ts";
import { cacheMisses } from "./cache-misses.ts";
import { cachePlan } from "./cache-plan.ts";
import { cacheReplay } from "./cache-replay.ts";
import { cost } from "./cost.ts";
import { doctor } from "./doctor.ts";
import { estimate } from "./estimate.ts";
import { exchange } from "./exchange.ts";
import { forecast } from "./forecast.ts";
import { importOperation } from "./import.ts";
import { keysCreate, keysList, keysRevoke, keysRotate, keysShow } from "./keys/index.ts";
import { ledgerExport } from "./ledger-export.ts";
import { ledgerTail } from "./ledger-tail.ts";
import { ledgerVerify } from "./ledger-verify.ts";
import { models } from "./models.ts";
import type { Operation } from "./operation.ts";
import { reconcile } from "./reconcile.ts";
import { reload } from "./reload.ts";
import { savings } from "./savings.ts";
import { spendReport } from "./spend-report.ts";
import { whatif } from "./whatif.ts";

/** Every operation, in the order in which help and reference show them. */
export const OPERATIONS: readonly Operation[] = [
  spendReport,
  cost,
  estimate,
  whatif,
  models,
  exchange,
  ledgerTail,
  ledgerVerify,
  ledgerExport,
  cacheReplay,
  cachePlan,
  cacheMisses,
  savings,
  keysCreate,
  keysList,
  keysShow,
  keysRotate,
  keysRevoke,
  batchSubmit,
  batchList,
  batchWatch,
  batchResults,
  batchCancel,
  importOperation,
  reconcile,
  forecast,
  anomalies,
  alertsList,
  alertsTest,
  reload,
  budgetCreate,
  budgetList,
  budgetShow,
  budgetEdit,
  budgetRemove,
  budgetExplain,
  doctor,
];

/** Those that may be asked for from elsewhere. */
export const REMOTE_OPERATIONS: readonly Operation[] = OPERATIONS.filter(
  ({ localOnly }) => localOnly !== true,
);
