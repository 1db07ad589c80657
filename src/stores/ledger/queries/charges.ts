/** What calls hold a budget to, summed or one by one. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { instant, isJsonObject, PurserError, picoUsd } from "../../../base/index.ts";
import {
  CHARGE_ATTRIBUTES,
  type ChargeAttribute,
  type ChargeRow,
  type ChargesQuestion,
} from "../../contracts/index.ts";
import { parquetSource, partsWithin, type Snapshot, selectObjects } from "../database/index.ts";

/** Rows that one answer may hold. */
const ROWS_MAX = 1_000_000;

const COLUMN_OF: Readonly<Record<ChargeAttribute, string>> = {
  key: '"key"',
  user: '"user"',
  userType: "user_type",
  team: "team",
  endpoint: "endpoint",
  session: "session",
  model: "model_asked",
  tags: "tags",
};

const WORST_USD = "try_cast(json_extract_string(detail, '$.opened.worstCase.amount') as bigint)";
const WORST_TOKENS = `try_cast(json_extract_string(detail, '$.opened.worstCase.inputTokens') as bigint)
  + try_cast(json_extract_string(detail, '$.opened.worstCase.outputTokens') as bigint)`;
const TOKENS = `input_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens
  + output_tokens`;
/** What the provider does not charge is no charge; an answer without a final bill keeps its worst case. */
const IS_CHARGED = `measured_exchanges <> 0
  or coalesce(json_extract_string(detail, '$.settled.unbilledReason'), '') not like 'not-billed%'`;

export async function charges(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  question: ChargesQuestion,
): Promise<readonly ChargeRow[]> {
  const rows = await selectObjects(connection, chargesSql(snapshot, question), []);
  if (rows.length > ROWS_MAX) {
    const what = `the answer has more than ${ROWS_MAX} rows`;
    throw new PurserError("LEDGER_QUESTION_INVALID", { what, mend: "Ask for a shorter window." });
  }
  return rows.map(toRow);
}

/**
 * A row that is taken back is there twice, the second time with its measures negated. The question's
 * numbers are whole milliseconds, so they may stand in the text.
 */
function chargesSql(snapshot: Snapshot, question: ChargesQuestion): string {
  const { since, bucketMs, apartSince } = question;
  const parts = partsWithin(snapshot.manifest, { sinceMs: since, untilMs: null });
  const compacted = parquetSource(parts, "exchanges");
  const sources = compacted === null ? [snapshot.liveTable] : [snapshot.liveTable, compacted];
  const bucket = bucketMs === null ? "0" : `opened_ms // ${Math.trunc(bucketMs)}`;
  const apart = apartSince === null ? "false" : `opened_ms >= ${Math.trunc(apartSince)}`;
  const attributes = CHARGE_ATTRIBUTES.map((name) =>
    question.by.includes(name) ? `${COLUMN_OF[name]} as "${name}"` : `null as "${name}"`,
  );
  const where = since === null ? "true" : `opened_ms >= ${Math.trunc(since)}`;
  const branches = sources.map(
    (source) => `select sign, opened_ms, ${bucket} as bucket, outcome = 'open' as is_open,
case when ${apart} then exchange end as apart, ${attributes.join(", ")},
case when measured_exchanges <> 0 then measured_amount else sign * ${WORST_USD} end as usd,
case when measured_exchanges <> 0 then ${TOKENS} else sign * (${WORST_TOKENS}) end as tokens
from ${source} where ${where} and (${IS_CHARGED})`,
  );
  const groups = [...CHARGE_ATTRIBUTES.map((name) => `"${name}"`), "bucket", "apart", "is_open"];
  return `with source as (${branches.join(" union all ")})
select ${groups.join(", ")}, min(opened_ms)::bigint as first_ms, max(opened_ms)::bigint as last_ms,
sum(sign)::bigint as calls, coalesce(sum(usd), 0)::hugeint as usd,
coalesce(sum(tokens), 0)::hugeint as tokens,
coalesce(sum(sign) filter (where usd is null), 0)::bigint as without_usd,
coalesce(sum(sign) filter (where tokens is null), 0)::bigint as without_tokens
from source group by ${groups.join(", ")} having sum(sign) > 0
order by first_ms limit ${ROWS_MAX + 1}`;
}

function toRow(row: Readonly<Record<string, unknown>>): ChargeRow {
  return {
    exchange: textOf(row.apart),
    firstMs: instant(Number(row.first_ms)),
    lastMs: instant(Number(row.last_ms)),
    isOpen: row.is_open === true,
    subject: {
      key: textOf(row.key),
      user: textOf(row.user),
      userType: textOf(row.userType),
      team: textOf(row.team),
      endpoint: textOf(row.endpoint),
      session: textOf(row.session),
      model: textOf(row.model),
      tags: tagsOf(row.tags),
    },
    calls: wholeOf(row.calls),
    usd: picoUsd(wholeOf(row.usd)),
    tokens: wholeOf(row.tokens),
    callsWithoutUsd: wholeOf(row.without_usd),
    callsWithoutTokens: wholeOf(row.without_tokens),
  };
}

function wholeOf(value: unknown): bigint {
  return BigInt(String(value));
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function tagsOf(value: unknown): Readonly<Record<string, string>> {
  const tags: unknown = typeof value === "string" ? JSON.parse(value) : null;
  return isJsonObject(tags) ? (tags as Record<string, string>) : {};
}
