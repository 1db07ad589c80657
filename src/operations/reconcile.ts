import { z } from "zod";
import {
  DAY_MS,
  formatInstant,
  formatUsd,
  type Instant,
  instant,
  PurserError,
  picoUsd,
} from "../base/index.ts";
import {
  reconcile as compare,
  DRIFT_CAUSES,
  type Drift,
  type Reconciliation,
} from "../domain/reconciliation/index.ts";
import { readCostPage, readUsagePage } from "../wire/usage-report/index.ts";
import type { OperationContext } from "./context.ts";
import { readOptionalMoment } from "./moment.ts";
import { defineOperation } from "./operation.ts";
import { count, time, usd } from "./output-values.ts";
import { adminKeyFrom, FETCH_FORMS, fetchReport } from "./reconcile/fetch-reports.ts";
import { costRowsOf, daysOf, ledgerRowsOf, usageRowsOf } from "./reconcile/gather-books.ts";
import { type FoundPage, readReportFiles } from "./reconcile/read-report-files.ts";
import { wholeReport } from "./reconcile/report-pages.ts";
import { windowInput } from "./window-input.ts";

const PATHS_MAX = 10_000;
const DRIFTS_MAX = 500;
const FETCHED_DAYS = 7;
/** The legacy usage report lags by half an hour; its cost report has whole days only. */
const LEGACY_LAG_MS = 30 * 60_000;

const files = () => z.array(z.string().min(1).max(4_096)).max(PATHS_MAX).meta({ commas: false });

const drift = z.object({
  book: z.enum(["tokens", "money"]),
  day: z.string(),
  model: z.string().nullable().describe("Null where the report was not grouped by it."),
  service_tier: z.string().nullable(),
  speed: z.string().nullable(),
  inference_geo: z.string().nullable(),
  item: z.string().nullable().describe("Token class, or web_search."),
  report: z.string().describe("Tokens (searches), or dollars."),
  ledger: z.string(),
  difference: z.string().describe("The report less the ledger."),
  cause: z.enum(DRIFT_CAUSES),
  flagged: z.boolean().describe("Beyond the tolerance, for a cause that leaves something missing."),
});

const inputShape = z.strictObject({
  usage: files().default([]).describe("Pages of the usage report, as the API answers them (JSON)."),
  cost: files().default([]).describe("Pages of the cost report."),
  fetch: z.enum(FETCH_FORMS).optional().describe("Fetch both reports from the upstream instead."),
  adminKeyFile: z
    .string()
    .max(4_096)
    .optional()
    .describe("A file with the Admin key, for --fetch; else PURSER_ADMIN_KEY."),
  ...windowInput,
  tolerance: z
    .string()
    .regex(/^\d{1,3}(\.\d{1,4})?%$/, "a share such as 0.5%")
    .default("0.5%")
    .describe("By what share two figures may differ."),
  against: z
    .enum(["list", "paid"])
    .default("list")
    .describe(
      "The report's amounts before or after discounts; the legacy form has only the latter.",
    ),
  workspace: z
    .array(z.string().min(1).max(200))
    .max(100)
    .default([])
    .describe(
      "Only these workspaces of the report, where it is grouped by them; `default` is one.",
    ),
});
type Input = z.output<typeof inputShape>;

export const reconcile = defineOperation({
  name: "reconcile",
  path: ["reconcile"],
  title: "The ledger against the provider's books",
  summary:
    "Compares the ledger with the provider's usage and cost reports, tokens first, and names what each difference comes from.",
  effects: "reads",
  localOnly: true,
  input: inputShape,
  output: z.object({
    since: time(),
    until: time(),
    usage_complete_until: time(),
    cost_complete_until: time().nullable().describe("Null without a cost report."),
    tolerance: z.string(),
    figures_compared: count(),
    report_tokens: z.string(),
    ledger_tokens: z.string(),
    report_usd: usd().nullable(),
    ledger_usd: usd().nullable().describe("Of the days that the cost report is about."),
    flagged: count(),
    causes: z.array(
      z.object({
        cause: z.enum(DRIFT_CAUSES),
        book: z.enum(["tokens", "money"]),
        drifts: count(),
        flagged: count(),
        difference: z.string(),
      }),
    ),
    drift_count: count(),
    drifts: z.array(drift).describe("Findings first, then the largest; at most 500."),
    estimated_exchanges: count().describe("Calls with a part that nobody measured."),
    unpriced_exchanges: count().describe("Calls whose tokens count and whose price is unknown."),
    fees_left_out: z.array(z.string()).describe("Costs of the report that are not of the ledger."),
  }),
  examples: [
    {
      says: "reports that were saved as files",
      input: { usage: ["usage.json"], cost: ["cost.json"] },
      shell: "purser reconcile --usage usage.json --cost cost.json",
    },
    {
      says: "the last seven days, fetched with the key in PURSER_ADMIN_KEY",
      input: { fetch: "analytics", since: "7d" },
    },
  ],
  isFinding: (output) => output.flagged > 0,
  async run(input, context) {
    const now = context.clock.now();
    const asked = askedWindow(input, now);
    const found = await findReports(input, asked, context);
    const usage = wholeReport(
      found.usage.map(({ value, where }) => ({ page: readUsagePage(value, where), where })),
    );
    const cost =
      found.cost === null
        ? null
        : wholeReport(
            found.cost.map(({ value, where }) => ({ page: readCostPage(value, where), where })),
          );
    const catalogue = context.catalogue();
    const { workspace: workspaces, against } = input;
    const reader = await context.ledger();
    const ledgerOf = (days: ReturnType<typeof daysOf>) =>
      ledgerRowsOf(reader, { days, catalogue }, (done, all) => context.progress?.(done, all));
    const days = daysOf(asked, usage.span);
    const narrowing = { days, workspaces, catalogue };
    const ledger = await ledgerOf(days);
    const costDays = cost === null ? null : daysOf(asked, cost.span ?? usage.span);
    const isSame = costDays?.from === days.from && costDays.to === days.to;
    const charged =
      cost === null || costDays === null
        ? null
        : costRowsOf(cost, { ...narrowing, days: costDays }, against);
    const costUntilMs = cost?.refreshedAtMs ?? Math.floor(now / DAY_MS) * DAY_MS;
    const usageUntilMs = usage.refreshedAtMs ?? now - LEGACY_LAG_MS;
    const answer = compare({
      usage: { ledger, report: usageRowsOf(usage, narrowing) },
      cost:
        charged === null || costDays === null
          ? null
          : { ledger: isSame ? ledger : await ledgerOf(costDays), report: charged.rows },
      usageCompleteUntilMs: usageUntilMs,
      costCompleteUntilMs: costUntilMs,
      tolerancePpm: ppmOf(input.tolerance),
      steppedModels: new Set(
        catalogue
          .models()
          .flatMap(({ id, prices }) => (prices.some(({ steps }) => steps.length > 0) ? [id] : [])),
      ),
    });
    const sumOf = (of: (row: (typeof ledger)[number]) => number): number =>
      ledger.reduce((sum, row) => sum + of(row), 0);
    return {
      since: formatInstant(instant(days.from * DAY_MS)),
      until: formatInstant(instant(days.to * DAY_MS)),
      usage_complete_until: formatInstant(instant(usageUntilMs)),
      cost_complete_until: cost === null ? null : formatInstant(instant(costUntilMs)),
      tolerance: input.tolerance,
      ...outputOf(answer, cost !== null),
      estimated_exchanges: sumOf((row) => row.estimatedExchanges),
      unpriced_exchanges: sumOf((row) => row.unpricedExchanges),
      fees_left_out: [...(charged?.leftOut ?? [])],
    };
  },
});

type Asked = { readonly since: Instant | null; readonly until: Instant | null };

function askedWindow(input: Input, now: Instant): Asked {
  const since = readOptionalMoment(input.since, now, "since");
  const until = readOptionalMoment(input.until, now, "until");
  if (input.fetch === undefined) return { since, until };
  return { since: since ?? instant(now - FETCHED_DAYS * DAY_MS), until: until ?? now };
}

type Found = { readonly usage: readonly FoundPage[]; readonly cost: readonly FoundPage[] | null };

async function findReports(input: Input, asked: Asked, context: OperationContext): Promise<Found> {
  const { fetch: form, usage, cost } = input;
  if (form === undefined) {
    if (usage.length === 0) {
      const mend = "Name files with --usage and --cost, or fetch them with --fetch.";
      throw new PurserError("REPORT_MISSING", { what: "no usage report was given", mend });
    }
    return {
      usage: await readReportFiles(usage),
      cost: cost.length === 0 ? null : await readReportFiles(cost),
    };
  }
  const adminKey = await adminKeyFrom(input.adminKeyFile, context.adminKey?.() ?? null);
  const days = daysOf(asked, null);
  const question = {
    ...{ form, adminKey, signal: context.signal, byWorkspace: input.workspace.length > 0 },
    since: instant(days.from * DAY_MS),
    until: instant(days.to * DAY_MS),
    upstream: context.config().upstream.url,
  };
  return {
    usage: await fetchReport({ ...question, kind: "usage" }),
    cost: await fetchReport({ ...question, kind: "cost" }),
  };
}

/** `0.5%` is 5,000 millionths. */
function ppmOf(share: string): number {
  return Math.round(Number(share.slice(0, -1)) * 10_000);
}

type Book = z.output<typeof drift>["book"];

function outputOf(answer: Reconciliation, hasCost: boolean) {
  const books: readonly (readonly [Book, readonly Drift[]])[] = [
    ["tokens", answer.tokens],
    ["money", answer.money],
  ];
  const { sums } = answer;
  const all = books.flatMap(([book, drifts]) => drifts.map((found) => ({ book, found })));
  return {
    figures_compared: answer.cells,
    report_tokens: String(sums.reportTokens),
    ledger_tokens: String(sums.ledgerTokens),
    report_usd: hasCost ? formatUsd(picoUsd(sums.reportAmount)) : null,
    ledger_usd: hasCost ? formatUsd(picoUsd(sums.ledgerAmount)) : null,
    flagged: all.filter(({ found }) => found.flagged).length,
    causes: books.flatMap(([book, drifts]) => causesOf(book, drifts)),
    drift_count: all.length,
    drifts: all
      .sort((left, right) => byWeight(left.found, right.found))
      .slice(0, DRIFTS_MAX)
      .map(({ book, found }) => driftOf(book, found)),
  };
}

function causesOf(book: Book, drifts: readonly Drift[]) {
  return [...Map.groupBy(drifts, ({ cause }) => cause)].map(([cause, some]) => ({
    ...{ cause, book, drifts: some.length },
    flagged: some.filter(({ flagged }) => flagged).length,
    difference: figure(
      book,
      some.reduce((sum, { difference }) => sum + difference, 0n),
    ),
  }));
}

function byWeight(left: Drift, right: Drift): number {
  if (left.flagged !== right.flagged) return left.flagged ? -1 : 1;
  const size = ({ difference }: Drift): bigint => (difference < 0n ? -difference : difference);
  return size(left) === size(right) ? left.day - right.day : size(left) > size(right) ? -1 : 1;
}

function driftOf(book: Book, found: Drift): z.output<typeof drift> {
  const { model, serviceTier, speed, inferenceGeo } = found.group;
  return {
    book,
    day: formatInstant(instant(found.day * DAY_MS)).slice(0, 10),
    ...{ model, service_tier: serviceTier, speed, inference_geo: inferenceGeo },
    item: found.item,
    report: figure(book, found.report),
    ledger: figure(book, found.ledger),
    difference: figure(book, found.difference),
    cause: found.cause,
    flagged: found.flagged,
  };
}

function figure(book: Book, value: bigint): string {
  return book === "tokens" ? String(value) : formatUsd(picoUsd(value));
}
