/** Pages of a report as one: whole, of one form, none of them twice. */
import { PurserError } from "../../base/index.ts";
import type { CostPage, UsagePage } from "../../wire/usage-report/index.ts";

type Page = UsagePage | CostPage;

/** A page and where it came from. */
export type Sourced<Of> = { readonly page: Of; readonly where: string };

export type WholeReport<Row> = {
  readonly rows: readonly Row[];
  readonly form: "legacy" | "analytics";
  /** First and last moment that the pages tell of; `null` where they hold nothing. */
  readonly span: { readonly startMs: number; readonly endMs: number } | null;
  readonly refreshedAtMs: number | null;
};

/** Errors: `REPORT_UNREADABLE` when the last page says that there are more, or forms are mixed. */
export function wholeReport<Row>(
  pages: readonly Sourced<Page & { readonly rows: readonly Row[] }>[],
): WholeReport<Row> {
  const last = pages.at(-1);
  if (last === undefined || last.page.hasMore) {
    const what = "the report is truncated: its last page says that there are more";
    const mend = "Give every page, in order, the one with has_more: false last.";
    throw new PurserError("REPORT_UNREADABLE", { what, where: last?.where ?? "", mend });
  }
  const filled = pages.filter(({ page }) => page.span !== null);
  const form = filled[0]?.page.form ?? last.page.form;
  const other = filled.find(({ page }) => page.form !== form);
  if (other !== undefined) {
    const what = "pages of the legacy and of the analytics form do not make one report";
    throw new PurserError("REPORT_UNREADABLE", { what, where: other.where });
  }
  const rows: Row[] = [];
  let [startMs, endMs] = [Number.POSITIVE_INFINITY, 0];
  let refreshedAtMs: number | null = null;
  for (const { page } of pages) {
    for (const row of page.rows) rows.push(row);
    startMs = Math.min(startMs, page.span?.start ?? startMs);
    endMs = Math.max(endMs, page.span?.end ?? endMs);
    const refreshed: number | null = page.refreshedAt ?? refreshedAtMs;
    refreshedAtMs = refreshed === null ? null : Math.min(refreshed, refreshedAtMs ?? refreshed);
  }
  const span = filled.length === 0 ? null : { startMs, endMs };
  return { rows, form, span, refreshedAtMs };
}
