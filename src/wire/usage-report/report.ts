/** The provider's reports in our own words. Reference: "usage and cost reports". */
import type { Instant, PicoUsd } from "../../base/index.ts";

export const REPORT_CLASSES = [
  "input",
  "cache_write_5m",
  "cache_write_1h",
  "cache_read",
  "output",
  "web_search",
] as const;
/** Token classes, and web searches, which are counted and paid by number. */
export type ReportClass = (typeof REPORT_CLASSES)[number];

/** `legacy`: buckets with results. `analytics`: a row for each bucket and group. */
export type ReportForm = "legacy" | "analytics";

/** A dimension that the report was not grouped by is `null`, and so is a default. */
export type ReportGroup = {
  readonly model: string | null;
  readonly apiKeyId: string | null;
  readonly workspaceId: string | null;
  readonly serviceTier: string | null;
  readonly speed: string | null;
  readonly inferenceGeo: string | null;
};

type Placed = {
  /** File and path, as in `usage.json: data[3].usage`. */
  readonly where: string;
  readonly start: Instant;
  readonly end: Instant;
  readonly group: ReportGroup;
};

export type UsageReportRow = Placed & { readonly counts: Readonly<Record<ReportClass, bigint>> };

export type CostReportRow = Placed & {
  /** `null` where the report is not split by token class, or the cost is of none. */
  readonly item: ReportClass | null;
  /** The provider's word: `tokens`, `web_search`, `code_execution`, …; `null` when not split. */
  readonly costType: string | null;
  /** After discounts. */
  readonly amount: PicoUsd;
  /** Before discounts; the analytics form alone has it. */
  readonly listAmount: PicoUsd | null;
};

type Page = {
  readonly form: ReportForm;
  /** First and last moment that the page tells of; `null` for a page without rows. */
  readonly span: { readonly start: Instant; readonly end: Instant } | null;
  readonly hasMore: boolean;
  /** Up to when the data is complete; the analytics form alone says so. */
  readonly refreshedAt: Instant | null;
};

export type UsagePage = Page & { readonly rows: readonly UsageReportRow[] };
export type CostPage = Page & { readonly rows: readonly CostReportRow[] };
