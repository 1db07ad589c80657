import { z } from "zod";
import { assert, formatInstant, formatUsd, type Instant } from "../base/index.ts";
import type { SpendRow, SpendTotals } from "../stores/contracts/index.ts";
import { NO_NAMES, namesIn, readKeyNames, withKeyId } from "./key-names.ts";
import { defineOperation } from "./operation.ts";
import { count, usd } from "./output-values.ts";
import {
  DIMENSIONS_MAX,
  FILTERS_MAX,
  readDimension,
  readFilter,
  readWindow,
} from "./spend-question.ts";
import { windowInput } from "./window-input.ts";

const TOP_MAX = 10_000;
/** Rows that one answer holds when no smaller `top` is asked for. */
const ROWS_MAX = 100_000;

const totals = z.object({
  exchanges: count(),
  measured_exchanges: count().describe("Those whose bill is whole and final."),
  unpriced_exchanges: count().describe("Those without a price; their cost is in no sum."),
  open_exchanges: count().describe("Those in flight, or not settled yet."),
  input_tokens: count(),
  cache_write_5m_tokens: count(),
  cache_write_1h_tokens: count(),
  cache_read_tokens: count(),
  output_tokens: count(),
  input_usd: usd(),
  cache_write_usd: usd(),
  cache_read_usd: usd(),
  output_usd: usd(),
  fee_usd: usd(),
  measured_usd: usd().describe("What was measured: the five amounts above, exactly."),
  estimated_usd: usd().describe("What nobody measured (cut streams, lost calls); in no other sum."),
  showback_usd: usd().describe("What teams and customers are shown, where that is configured."),
});

const row = z.object({
  group: z.record(z.string(), z.string().nullable()).describe("Value by dimension."),
  ...totals.shape,
});

export const spendReport = defineOperation({
  name: "spend-report",
  path: ["report"],
  title: "Where the money goes",
  summary: "Sums what calls cost, by model, endpoint, user, hour or any other dimension.",
  effects: "reads",
  input: z.strictObject({
    by: z
      .array(z.string().max(200))
      .max(DIMENSIONS_MAX)
      .default(["model"])
      .describe(
        "What to group by: model, endpoint, user, user-type, team, key, session, hour, hour-of-day, day, outcome, client, source, tag:NAME.",
      ),
    ...windowInput,
    where: z
      .array(z.string().max(600))
      .max(FILTERS_MAX)
      .default([])
      .describe(
        'Only these: "endpoint=chat", "team!=search", "user=" for those without one; may be repeated.',
      )
      .meta({ commas: false }),
    top: z
      .int()
      .min(1)
      .max(TOP_MAX)
      .optional()
      .describe("How many rows, dearest first; the others are summed in one."),
  }),
  output: z.object({
    by: z.array(z.string()),
    since: z.string().nullable(),
    until: z.string().nullable(),
    rows: z.array(row),
    others: totals.nullable().describe("What `top` left out."),
    total: totals,
    key_names: z
      .record(z.string(), z.string())
      .describe("Names of the virtual keys in the rows, by id; empty unless grouped by key."),
    source: z.enum(["rollups", "rows"]),
  }),
  examples: [
    { says: "by model, from the beginning", input: {} },
    {
      says: "the ten dearest users of one endpoint in the last week",
      input: { by: ["user"], where: ["endpoint=chat"], since: "7d", top: 10 },
    },
    { says: "by team and day", input: { by: ["team", "day"], since: "2026-11-01" } },
  ],
  async run(input, context) {
    const now = context.clock.now();
    const by = input.by.map(readDimension);
    const filters = input.where.map(readFilter);
    const isOnKeys = [...by, ...filters.map(({ dimension }) => dimension)].includes("key");
    const names = isOnKeys ? await readKeyNames(context) : NO_NAMES;
    const question = {
      by,
      where: filters.map((filter) => withKeyId(filter, names)),
      ...readWindow(input, now),
      top: input.top ?? ROWS_MAX,
    };
    const reader = await context.ledger();
    const answer = await reader.spend(question);
    return {
      by: [...question.by],
      since: timeOrNull(question.since),
      until: timeOrNull(question.until),
      rows: answer.rows.map((found) => toRow(found, question.by)),
      others: answer.others === null ? null : toTotals(answer.others),
      total: toTotals(answer.total),
      key_names: namesIn(answer.rows, by.indexOf("key"), names),
      source: answer.source,
    };
  },
});

function toRow(found: SpendRow, by: readonly string[]): z.output<typeof row> {
  const group = Object.fromEntries(by.map((name, index) => [name, found.group[index] ?? null]));
  return { group, ...toTotals(found.totals) };
}

function toTotals(sums: SpendTotals): z.output<typeof totals> {
  return {
    exchanges: sums.exchanges,
    measured_exchanges: sums.measuredExchanges,
    unpriced_exchanges: sums.unpricedExchanges,
    open_exchanges: sums.openExchanges,
    input_tokens: exactNumber(sums.inputTokens),
    cache_write_5m_tokens: exactNumber(sums.cacheWrite5mTokens),
    cache_write_1h_tokens: exactNumber(sums.cacheWrite1hTokens),
    cache_read_tokens: exactNumber(sums.cacheReadTokens),
    output_tokens: exactNumber(sums.outputTokens),
    input_usd: formatUsd(sums.inputAmount),
    cache_write_usd: formatUsd(sums.cacheWriteAmount),
    cache_read_usd: formatUsd(sums.cacheReadAmount),
    output_usd: formatUsd(sums.outputAmount),
    fee_usd: formatUsd(sums.feeAmount),
    measured_usd: formatUsd(sums.measuredAmount),
    estimated_usd: formatUsd(sums.estimatedAmount),
    showback_usd: formatUsd(sums.showbackAmount),
  };
}

/** A JSON number is exact to nine thousand million million: more tokens than anyone has bought. */
function exactNumber(value: bigint): number {
  assert(value <= BigInt(Number.MAX_SAFE_INTEGER), "a sum of tokens fits a JSON number exactly");
  return Number(value);
}

function timeOrNull(value: Instant | null): string | null {
  return value === null ? null : formatInstant(value);
}
