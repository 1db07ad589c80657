/** Which report is asked for, and whether the caller may. */
import type { JsonObject } from "../../base/index.ts";
import { processDueBatches } from "../batches/index.ts";
import { type ApiFailure, notFound } from "../faults/index.ts";
import {
  DEFAULT_WORKSPACE,
  type Exchange,
  readBetas,
  readVersion,
  sendFailure,
  sendJson,
} from "../http/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { analyticsReport } from "./analytics.ts";
import { DEFAULT_FRESHNESS, edgeOf, type ReportName } from "./freshness.ts";
import { legacyReport } from "./legacy.ts";
import { entriesOf } from "./report-entries.ts";
import { isFailure } from "./report-query.ts";

export const REPORTS_PREFIX = "/v1/organizations/";
/** Without it the analytics reports are a bare 404. */
const ANALYTICS_BETA = "analytics-usage-cost-2026-08-24";
const ADMIN_KEY = /^sk-ant-admin/;

const PATHS: Readonly<Record<string, ReportName>> = {
  "analytics/usage": "analytics-usage",
  "analytics/cost": "analytics-cost",
  "usage_report/messages": "legacy-usage",
  cost_report: "legacy-cost",
};

export async function handleReports(state: SimulatorState, exchange: Exchange): Promise<void> {
  const answer = reportOf(state, exchange);
  if (isFailure(answer)) return sendFailure(state, exchange, answer);
  await sendJson(state, exchange, { status: 200, body: answer });
}

function reportOf(state: SimulatorState, exchange: Exchange): JsonObject | ApiFailure {
  const { headers, url } = exchange;
  const name = PATHS[url.pathname.slice(REPORTS_PREFIX.length)];
  if (name === undefined) return notFound("Not found");
  const refused = admin(headers, state.options.adminKeys);
  if (refused !== null) return refused;
  const version = readVersion(headers);
  if (typeof version !== "string") return version;
  const betas = readBetas(headers);
  const isAnalytics = name.startsWith("analytics");
  if (isAnalytics && !betas.includes(ANALYTICS_BETA)) return notFound("Not found");
  processDueBatches(state);
  const question = {
    kind: name.endsWith("usage") ? ("usage" as const) : ("cost" as const),
    url,
    nowMs: state.clock.nowMs(),
    edgeMs: edgeOf(name, { ...DEFAULT_FRESHNESS, ...state.options.reportFreshness }, state.clock),
    entries: entriesOf(state.calls.list(), isAnalytics ? DEFAULT_WORKSPACE : null),
    percentOff: state.options.reportPercentOff ?? 0,
  };
  return isAnalytics ? analyticsReport(question) : legacyReport({ ...question, betas });
}

/** An Admin key, in either header; a key for messages is refused. */
function admin(
  headers: Readonly<Record<string, string>>,
  known: readonly string[] | undefined,
): ApiFailure | null {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const key = headers["x-api-key"] ?? bearer ?? "";
  const fits = known === undefined ? ADMIN_KEY.test(key) : known.includes(key);
  if (fits) return null;
  const message = key === "" ? "x-api-key header is required" : "invalid x-api-key";
  return { status: 401, type: "authentication_error", message };
}
