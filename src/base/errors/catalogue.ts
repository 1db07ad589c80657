/**
 * Every code that Purser can answer with, its meaning, its HTTP status and the way to mend it.
 * `docs/reference/errors.md` is generated from this table, and a test compares the two.
 */
import type { ErrorDefinition } from "./code-definition.ts";
import { ALERT_ERRORS } from "./codes/alerts.ts";
import { BATCH_ERRORS } from "./codes/batch.ts";
import { BILLING_ERRORS } from "./codes/billing.ts";
import { BUDGET_ERRORS } from "./codes/budgets.ts";
import { CACHE_ERRORS } from "./codes/cache.ts";
import { CLI_ERRORS } from "./codes/cli.ts";
import { CONFIG_ERRORS } from "./codes/config.ts";
import { ESTIMATE_ERRORS } from "./codes/estimate.ts";
import { FORECAST_ERRORS } from "./codes/forecast.ts";
import { GATEWAY_ERRORS } from "./codes/gateway.ts";
import { IMPORT_ERRORS } from "./codes/imports.ts";
import { KEY_ERRORS } from "./codes/keys.ts";
import { LEDGER_ERRORS } from "./codes/ledger.ts";
import { LIMIT_ERRORS } from "./codes/limits.ts";
import { OPERATIONS_ERRORS } from "./codes/operations.ts";
import { RELOAD_ERRORS } from "./codes/reload.ts";
import { SIMULATOR_ERRORS } from "./codes/simulator.ts";
import { STATE_ERRORS } from "./codes/state.ts";
import { TRACE_ERRORS } from "./codes/traces.ts";
import { VALUE_ERRORS } from "./codes/values.ts";

export const ERROR_CATALOGUE = {
  ...VALUE_ERRORS,
  ...CONFIG_ERRORS,
  ...GATEWAY_ERRORS,
  ...LIMIT_ERRORS,
  ...LEDGER_ERRORS,
  ...STATE_ERRORS,
  ...KEY_ERRORS,
  ...BATCH_ERRORS,
  ...BILLING_ERRORS,
  ...OPERATIONS_ERRORS,
  ...CLI_ERRORS,
  ...SIMULATOR_ERRORS,
  ...TRACE_ERRORS,
  ...CACHE_ERRORS,
  ...ESTIMATE_ERRORS,
  ...BUDGET_ERRORS,
  ...IMPORT_ERRORS,
  ...FORECAST_ERRORS,
  ...ALERT_ERRORS,
  ...RELOAD_ERRORS,
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === "string" && Object.hasOwn(ERROR_CATALOGUE, text);
}

/** The row of a code. */
export function errorDefinition(code: ErrorCode): ErrorDefinition {
  return ERROR_CATALOGUE[code];
}
