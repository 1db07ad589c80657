/** Both books of the same days: the provider's from its reports, ours from the ledger. */
import { DAY_MS, type Instant, instant, PurserError } from "../../base/index.ts";
import type { Catalogue } from "../../domain/catalogue/index.ts";
import type { CostRow, LedgerRow, UsageRow } from "../../domain/reconciliation/index.ts";
import type { LedgerReader } from "../../stores/contracts/index.ts";
import {
  type CostReportRow,
  REPORT_CLASSES,
  type ReportGroup,
  type UsageReportRow,
} from "../../wire/usage-report/index.ts";
import type { WholeReport } from "./report-pages.ts";

const DAYS_MAX = 366;

/** Whole UTC days since 1970; the last is not part of it. */
export type Days = { readonly from: number; readonly to: number };

/** Those asked for, else those that the report tells of. Errors: `OPERATION_TIME_INVALID`. */
export function daysOf(
  asked: { readonly since: Instant | null; readonly until: Instant | null },
  span: WholeReport<unknown>["span"],
): Days {
  const from = Math.floor((asked.since ?? span?.startMs ?? Number.NaN) / DAY_MS);
  const to = Math.ceil((asked.until ?? span?.endMs ?? Number.NaN) / DAY_MS);
  if (to > from && to - from <= DAYS_MAX) return { from, to };
  const what = Number.isNaN(from + to)
    ? "the report is empty, so it does not tell which days it is about"
    : `the window is from one to ${DAYS_MAX} UTC days`;
  throw new PurserError("OPERATION_TIME_INVALID", { what, where: "since, until" });
}

type Place = { readonly start: Instant; readonly group: ReportGroup };

export type Narrowing = {
  readonly days: Days;
  readonly workspaces: readonly string[];
  readonly catalogue: Catalogue;
};

/** The provider's rows of these days and workspaces, models by their catalogue's name. */
function placed<Row extends Place>(
  rows: readonly Row[],
  { days, workspaces, catalogue }: Narrowing,
) {
  return rows.flatMap((row) => {
    const day = Math.floor(row.start / DAY_MS);
    const isAsked = workspaces.length === 0 || workspaces.includes(workspaceOf(row.group));
    if (day < days.from || day >= days.to || !isAsked) return [];
    const { model, serviceTier, speed, inferenceGeo } = row.group;
    const group = { model: canonical(catalogue, model), serviceTier, speed, inferenceGeo };
    return [{ row, place: { day, ...group } }];
  });
}

export function usageRowsOf(
  report: WholeReport<UsageReportRow>,
  narrowing: Narrowing,
): readonly UsageRow[] {
  return placed(report.rows, narrowing).flatMap(({ row, place }) =>
    REPORT_CLASSES.map((item) => ({ ...place, item, quantity: row.counts[item] })),
  );
}

/** Fees that the ledger knows nothing of are told by name and are in no sum. */
export function costRowsOf(
  report: WholeReport<CostReportRow>,
  narrowing: Narrowing,
  against: "list" | "paid",
): { readonly rows: readonly CostRow[]; readonly leftOut: readonly string[] } {
  const all = placed(report.rows, narrowing);
  const isOther = ({ costType }: CostReportRow): boolean =>
    costType !== null && costType !== "tokens" && costType !== "web_search";
  const rows = all
    .filter(({ row }) => !isOther(row))
    .map(({ row, place }) => ({
      ...{ ...place, item: row.item },
      amount: against === "list" ? (row.listAmount ?? row.amount) : row.amount,
    }));
  const others = all.flatMap(({ row }) => (isOther(row) ? [row.costType ?? ""] : []));
  return { rows, leftOut: [...new Set(others)] };
}

/** A day at a time, so that no answer holds more than a day's groups. */
export async function ledgerRowsOf(
  reader: LedgerReader,
  { days, catalogue }: Pick<Narrowing, "days" | "catalogue">,
  progress: (done: number, all: number) => void,
): Promise<readonly LedgerRow[]> {
  const rows: LedgerRow[] = [];
  for (let day = days.from; day < days.to; day += 1) {
    const window = { since: instant(day * DAY_MS), until: instant((day + 1) * DAY_MS) };
    for (const row of await reader.billedUsage(window)) {
      rows.push({ ...row, model: canonical(catalogue, row.model) });
    }
    progress(day + 1 - days.from, days.to - days.from);
  }
  return rows;
}

/** As the analytics form names it; the legacy form has null for it. */
const DEFAULT_WORKSPACES = [null, "wrkspc_default"] as readonly (string | null)[];

function workspaceOf({ workspaceId }: ReportGroup): string {
  return DEFAULT_WORKSPACES.includes(workspaceId) ? "default" : (workspaceId ?? "default");
}

function canonical(catalogue: Catalogue, model: string | null): string | null {
  const resolution = model === null ? null : catalogue.resolve(model);
  return resolution?.kind === "known" ? resolution.facts.id : model;
}
