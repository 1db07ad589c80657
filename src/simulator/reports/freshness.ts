/** How late each report is, by the simulator's clock. Usage and cost reports: "freshness". */
import type { SimulatedClock } from "../clock/index.ts";

export type ReportFreshness = {
  readonly analyticsLagMs: number;
  readonly legacyUsageLagMs: number;
  /** Whether the legacy cost report has whole days only. */
  readonly legacyCostIsDaily: boolean;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const DEFAULT_FRESHNESS: ReportFreshness = {
  analyticsLagMs: 4 * HOUR_MS,
  legacyUsageLagMs: 30 * MINUTE_MS,
  legacyCostIsDaily: true,
};

export type ReportName = "analytics-usage" | "analytics-cost" | "legacy-usage" | "legacy-cost";

/** Up to when the report has everything. */
export function edgeOf(
  name: ReportName,
  freshness: ReportFreshness,
  clock: SimulatedClock,
): number {
  const nowMs = clock.nowMs();
  if (name === "legacy-usage") return nowMs - freshness.legacyUsageLagMs;
  if (name !== "legacy-cost") return nowMs - freshness.analyticsLagMs;
  return freshness.legacyCostIsDaily ? Math.floor(nowMs / DAY_MS) * DAY_MS : nowMs;
}
