/** One row per exchange. */
import type { ExportFormat } from "../../contracts/index.ts";

const AMOUNTS = [
  "input",
  "cache_write",
  "cache_read",
  "output",
  "fee",
  "measured",
  "estimated",
] as const;

const TOKENS = [
  "input_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "cache_read_tokens",
  "output_tokens",
] as const;

/** Picodollars as a decimal text of twelve places; no division, so no rounding. */
export function usdText(amount: string): string {
  return `case when ${amount} is null then null else concat(case when ${amount} < 0 then '-' else '' end,
abs(${amount}::hugeint) // 1000000000000, '.',
lpad((abs(${amount}::hugeint) % 1000000000000)::varchar, 12, '0')) end`;
}

/** The same as a decimal column, where the format has such a type. */
export function usd(amount: string, format: ExportFormat): string {
  const text = usdText(amount);
  return format === "parquet" ? `(${text})::decimal(38, 12)` : `(${text})`;
}

export function timeText(column: string): string {
  return `strftime(make_timestamp_ms(${column}), '%Y-%m-%dT%H:%M:%S.%gZ')`;
}

/** What is absent stays null: an exchange without a measured charge has no amount, not zero. */
export function exchangeSql(source: string, format: ExportFormat): string {
  const hasCharge = "lines is not null";
  const amounts = AMOUNTS.map((name) => {
    const known = name === "estimated" ? "estimated_basis is not null" : hasCharge;
    return `${usd(`case when ${known} then ${name}_amount end`, format)} as ${name}_usd`;
  });
  const tokens = TOKENS.map((name) => `case when ${hasCharge} then ${name} end as ${name}`);
  const showback = "try_cast(json_extract_string(detail, '$.settled.showback') as hugeint)";
  const list = format === "csv" ? "to_json(bill_lines)" : "bill_lines";
  const line = `struct_pack(kind := line.kind, item := line.item, model := line.model,
quantity := line.quantity, unit_usd := ${usd("line.unit_amount", format)}, usd := ${usd("line.amount", format)})`;
  return `with named as (select *, json_extract_string(detail, '$.settled.estimated.basis') as estimated_basis,
list_transform(lines, lambda line: ${line}) as bill_lines from (${source}))
select exchange as exchange_id, call as call_id, message_id, request_id,
${timeText("opened_ms")} as opened_at, ${timeText("settled_ms")} as settled_at,
${timeText("first_byte_ms")} as first_byte_at,
outcome, http_status, error_type, stop_reason, model, model_asked, model_served,
endpoint, "user", user_type, team, "key", "session", client, ${format === "jsonl" ? "tags::json" : "tags"} as tags,
${tokens.join(", ")}, ${amounts.join(", ")},
measured_exchanges = 1 as measured_final, estimated_basis,
json_extract_string(detail, '$.settled.unbilledReason') as unbilled_reason,
${usd(showback, format)} as showback_usd,
json_extract_string(detail, '$.settled.measured.priceDate') as price_date,
revision as corrections, ${list} as lines
from named order by opened_ms, exchange`;
}
