/**
 * wire/usage-report: the provider's usage and cost reports, in.
 *
 * Answers:   what a page of a report says, in the legacy and in the analytics form.
 * Promises:  counts are whole, amounts are picodollars read from decimal texts of cents; what is
 *            neither is refused by file and path.
 * Does not:  fetch, follow pages, compare (domain/reconciliation does).
 * Start at:  report.ts, then read-report.ts.
 */
export { readCostPage, readUsagePage } from "./read-report.ts";
export {
  type CostPage,
  type CostReportRow,
  REPORT_CLASSES,
  type ReportClass,
  type ReportForm,
  type ReportGroup,
  type UsagePage,
  type UsageReportRow,
} from "./report.ts";
