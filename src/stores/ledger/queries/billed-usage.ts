/** What the provider should have billed, by UTC day and by what its reports can tell apart. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { DAY_MS, PurserError, picoUsd } from "../../../base/index.ts";
import type { BilledUsageRow, Window } from "../../contracts/index.ts";
import { parquetSource, partsWithin, type Snapshot, selectObjects } from "../database/index.ts";

/** Rows that one answer may hold. */
const ROWS_MAX = 200_000;

const TEXTS = ["model", "service_tier", "speed", "inference_geo", "item"] as const;
const MEASURED = "$.settled.measured.usage";
const UNBILLED = "$.settled.unbilledUsage.usage";
/** Of a call without a price the tokens count all the same. */
const UNPRICED_ITEMS = [
  ["input", "inputTokens"],
  ["cache_write_5m", "cacheWrite5mTokens"],
  ["cache_write_1h", "cacheWrite1hTokens"],
  ["cache_read", "cacheReadTokens"],
  ["output", "outputTokens"],
  ["web_search", "webSearchRequests"],
] as const;

export async function billedUsage(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  window: Window,
): Promise<readonly BilledUsageRow[]> {
  const rows = await selectObjects(connection, billedUsageSql(snapshot, window), []);
  if (rows.length > ROWS_MAX) {
    const what = `the answer has more than ${ROWS_MAX} rows`;
    throw new PurserError("LEDGER_QUESTION_INVALID", { what, mend: "Ask for a shorter window." });
  }
  return rows.map(toRow);
}

/**
 * Three branches: lines of bills, tokens without a price, and estimates. A row that is taken back is
 * there twice, the second time with its sign turned. The window's numbers are whole milliseconds.
 */
function billedUsageSql(snapshot: Snapshot, { since, until }: Window): string {
  const parts = partsWithin(snapshot.manifest, { sinceMs: since, untilMs: until });
  const compacted = parquetSource(parts, "exchanges");
  const sources = compacted === null ? [snapshot.liveTable] : [snapshot.liveTable, compacted];
  const where = [
    ...(since === null ? [] : [`opened_ms >= ${Math.trunc(since)}`]),
    ...(until === null ? [] : [`opened_ms < ${Math.trunc(until)}`]),
  ];
  const columns = "sign, opened_ms, model_asked, model_served, lines, estimated_amount, detail";
  const narrowed = sources.map(
    (source) =>
      `select ${columns} from ${source}${where.length === 0 ? "" : ` where ${where.join(" and ")}`}`,
  );
  const text = (path: string): string => `json_extract_string(detail, '${path}')`;
  const whole = (path: string): string => `coalesce(try_cast(${text(path)} as bigint), 0)`;
  const dimensions = (path: string): string =>
    `${text(`${path}.serviceTier`)} as service_tier, ${text(`${path}.speed`)} as speed,
${text(`${path}.inferenceGeo`)} as inference_geo`;
  const estimated = "$.settled.estimated";
  const unpriced = UNPRICED_ITEMS.map(
    ([item, name]) =>
      `select day, sign, imported, model_known as model, ${dimensions(UNBILLED)}, '${item}' as item,
sign * ${whole(`${UNBILLED}.${name}`)} as quantity, 0::hugeint as amount, sign as unpriced,
0 as estimates, 0 as estimated_input, 0 as estimated_output, 0::hugeint as estimated_amount
from known where ${text("$.settled.unbilledReason")} like 'unpriced%' and ${whole(`${UNBILLED}.${name}`)} > 0`,
  );
  return `with source as (${narrowed.join(" union all ")}),
known as (select *, opened_ms // ${DAY_MS} as day,
coalesce(model_served, model_asked) as model_known,
json_extract(detail, '$.opened.imported') is not null as imported from source),
billed as (select *, unnest(lines) as line from known where lines is not null),
every as (
select day, sign, imported, line.model as model, ${dimensions(MEASURED)}, line.item as item,
sign * line.quantity as quantity, (sign * line.amount)::hugeint as amount, 0 as unpriced,
0 as estimates, 0 as estimated_input, 0 as estimated_output, 0::hugeint as estimated_amount
from billed
union all ${unpriced.join(" union all ")}
union all
select day, sign, imported, model_known as model, null, null, null, null as item,
0 as quantity, 0::hugeint as amount, 0 as unpriced, sign as estimates,
sign * ${whole(`${estimated}.inputTokens`)}, sign * ${whole(`${estimated}.outputTokens`)},
estimated_amount::hugeint from known where json_extract(detail, '${estimated}.total') is not null)
select day::double as day, imported, ${TEXTS.join(", ")}, sum(quantity)::hugeint as quantity,
sum(amount)::hugeint as amount, sum(unpriced)::bigint as unpriced, sum(estimates)::bigint as estimates,
sum(estimated_input)::hugeint as estimated_input, sum(estimated_output)::hugeint as estimated_output,
sum(estimated_amount)::hugeint as estimated_amount
from every group by day, imported, ${TEXTS.join(", ")} having sum(sign) > 0
order by day, imported, ${TEXTS.join(", ")} limit ${ROWS_MAX + 1}`;
}

function toRow(row: Readonly<Record<string, unknown>>): BilledUsageRow {
  const text = (name: (typeof TEXTS)[number]): string | null => {
    const value = row[name];
    return typeof value === "string" ? value : null;
  };
  const whole = (name: string): bigint => BigInt(String(row[name]));
  return {
    day: Number(row.day),
    imported: row.imported === true,
    model: text("model"),
    serviceTier: text("service_tier"),
    speed: text("speed"),
    inferenceGeo: text("inference_geo"),
    item: text("item"),
    quantity: whole("quantity"),
    amount: picoUsd(whole("amount")),
    unpricedExchanges: Number(row.unpriced),
    estimatedExchanges: Number(row.estimates),
    estimatedInputTokens: whole("estimated_input"),
    estimatedOutputTokens: whole("estimated_output"),
    estimatedAmount: picoUsd(whole("estimated_amount")),
  };
}
