import {
  alertsList,
  alertsTest,
  anomalies,
  budgetCreate,
  budgetEdit,
  budgetExplain,
  budgetList,
  budgetRemove,
  budgetShow,
  cacheMisses,
  cachePlan,
  cacheReplay,
  cost,
  doctor,
  estimate,
  exchange,
  forecast,
  importOperation,
  keysCreate,
  keysList,
  keysRevoke,
  keysRotate,
  keysShow,
  ledgerExport,
  ledgerTail,
  ledgerVerify,
  models,
  type Operation,
  reconcile,
  reload,
  savings,
  spendReport,
  whatif,
} from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { presentAlerts, presentAlertsTest } from "./alerts.ts";
import { presentAnomalies } from "./anomalies.ts";
import {
  presentBudget,
  presentBudgets,
  presentExplanation,
  presentOneBudget,
  presentRemoved,
} from "./budgets.ts";
import { presentCacheMisses } from "./cache-misses.ts";
import { presentCachePlan } from "./cache-plan.ts";
import { presentCacheReplay } from "./cache-replay.ts";
import { presentDoctor, presentExport, presentVerify } from "./checks.ts";
import { presentCost } from "./cost.ts";
import { presentEstimate } from "./estimate.ts";
import { presentExchange, presentTail } from "./exchanges.ts";
import { presentForecast } from "./forecast.ts";
import { presentImport } from "./import.ts";
import { presentKey, presentKeys, presentNewSecret } from "./keys.ts";
import { presentModels } from "./models.ts";
import { forOperation, type Presenter } from "./presenter.ts";
import { presentReconcile } from "./reconcile.ts";
import { presentReload } from "./reload.ts";
import { presentSavings } from "./savings.ts";
import { presentSpendReport } from "./spend-report.ts";
import { presentWhatif } from "./whatif.ts";

const PRESENTERS: ReadonlyMap<string, Presenter> = new Map([
  forOperation(spendReport, presentSpendReport),
  forOperation(cost, presentCost),
  forOperation(estimate, presentEstimate),
  forOperation(whatif, presentWhatif),
  forOperation(models, presentModels),
  forOperation(exchange, presentExchange),
  forOperation(ledgerTail, presentTail),
  forOperation(ledgerVerify, presentVerify),
  forOperation(importOperation, presentImport),
  forOperation(reconcile, presentReconcile),
  forOperation(ledgerExport, presentExport),
  forOperation(cachePlan, presentCachePlan),
  forOperation(cacheReplay, presentCacheReplay),
  forOperation(cacheMisses, presentCacheMisses),
  forOperation(savings, presentSavings),
  forOperation(keysCreate, presentNewSecret),
  forOperation(keysList, presentKeys),
  forOperation(keysShow, presentKey),
  forOperation(keysRotate, presentNewSecret),
  forOperation(keysRevoke, presentKey),
  forOperation(forecast, presentForecast),
  forOperation(anomalies, presentAnomalies),
  forOperation(alertsList, presentAlerts),
  forOperation(alertsTest, presentAlertsTest),
  forOperation(reload, presentReload),
  forOperation(budgetCreate, presentBudget),
  forOperation(budgetList, presentBudgets),
  forOperation(budgetShow, presentOneBudget),
  forOperation(budgetEdit, presentBudget),
  forOperation(budgetRemove, presentRemoved),
  forOperation(budgetExplain, presentExplanation),
  forOperation(doctor, presentDoctor),
]);

/**
 * JSON where it was asked for, else the operation's own presentation. An operation whose answer is a
 * temporary file has nothing else to show: the file goes out as it is.
 */
export async function presentOutput(
  operation: Operation,
  output: unknown,
  call: CommandCall,
): Promise<void> {
  const presenter = PRESENTERS.get(operation.name);
  const fileGoesOut = operation.answersFile === true && call.input.file === undefined;
  if ((call.json && !fileGoesOut) || presenter === undefined) {
    call.io.writeOut(`${JSON.stringify(output, null, 2)}\n`);
    return;
  }
  await presenter(output, call);
}
