/**
 * simulator/reports: what the provider would say afterwards of usage and cost.
 *
 * Answers:   the Usage and Cost reports in both forms, legacy and analytics, from the call records.
 * Promises:  tokens and amounts are those of the records' own bills; paged, grouped and late as the
 *            provider's are; amounts are decimal texts of cents.
 * Does not:  filter rows, know of products, actors or sessions, revise a closed month.
 * Start at:  report-entries.ts, then analytics.ts and legacy.ts.
 */

export { DEFAULT_FRESHNESS, type ReportFreshness } from "./freshness.ts";
export { handleReports, REPORTS_PREFIX } from "./handle-reports.ts";
