/** What each arm of an experiment cost, unit by unit. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { PurserError, picoUsd } from "../../../base/index.ts";
import type { ArmRow, ArmsQuestion } from "../../contracts/index.ts";
import { parquetSource, partsWithin, type Snapshot, selectRows } from "../database/index.ts";

/** Arms and units that one answer may hold. */
const ROWS_MAX = 200_000;

const ARM = "json_extract_string(detail, '$.opened.arm')";
const MARKED = `coalesce(json_array_length(detail, '$.opened.prompt.markers'), 0) > 0
  or json_extract_string(detail, '$.opened.prompt.automaticMarker') is not null`;

/**
 * What a fresh input token cost in this call: its own line says it. A prompt that was read or written
 * whole has no such line; then a write says it, which is 1.25 times as dear for five minutes, and
 * twice for an hour.
 */
const FRESH_PRICE = `coalesce(${priceOf("input")},
  ${priceOf("cache_write_5m")} * 4 // 5, ${priceOf("cache_write_1h")} // 2)`;

function priceOf(item: string): string {
  return `list_filter(lines, lambda line: line.item = '${item}')[1].unit_amount`;
}

/** Purser's own call to keep a prefix alive: it costs, and nobody would have made it without a policy. */
const OWN = `coalesce(json_extract_string(detail, '$.opened.decisions[0]') like 'cache % keep-alive', false)`;

export async function arms(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  question: ArmsQuestion,
): Promise<readonly ArmRow[]> {
  const rows = await selectRows(connection, armsSql(snapshot, question), []);
  if (rows.length > ROWS_MAX) {
    const what = `the window holds more than ${ROWS_MAX} units`;
    throw new PurserError("LEDGER_QUESTION_INVALID", { what, mend: "Ask for a shorter window." });
  }
  return rows.map(([arm, marked, early, exchanges, promptAmount, uncachedAmount]) => ({
    arm: String(arm),
    marked: marked === true,
    early: early === true,
    exchanges: Number(exchanges),
    promptAmount: picoUsd(BigInt(String(promptAmount))),
    uncachedAmount: picoUsd(BigInt(String(uncachedAmount))),
  }));
}

/**
 * A row that is taken back is there twice, the second time with its measures negated. The question's
 * numbers are whole milliseconds, so they may stand in the text.
 */
function armsSql(snapshot: Snapshot, question: ArmsQuestion): string {
  const bounds = { sinceMs: question.since, untilMs: question.until };
  const compacted = parquetSource(partsWithin(snapshot.manifest, bounds), "exchanges");
  const sources = compacted === null ? [snapshot.liveTable] : [snapshot.liveTable, compacted];
  const early = `opened_ms % ${Math.trunc(question.blockMs)} < ${Math.trunc(question.earlyMs)}`;
  const where = conditionsOf(question).join(" and ");
  const branches = sources.map(
    (source) => `select ${ARM} as arm, ${MARKED} as marked, ${early} as early, sign,
input_amount + cache_write_amount + cache_read_amount as prompt_amount,
case when ${OWN} then 0 else
  (input_tokens + cache_write_5m_tokens + cache_write_1h_tokens + cache_read_tokens)::hugeint
  * ${FRESH_PRICE} end as uncached_amount
from ${source} where ${where}`,
  );
  return `with source as (${branches.join(" union all ")})
select arm, marked, early, sum(sign)::bigint, sum(prompt_amount)::hugeint, sum(uncached_amount)::hugeint
from source where uncached_amount is not null
group by arm, marked, early having sum(sign) > 0 limit ${ROWS_MAX + 1}`;
}

function conditionsOf({ since, until }: ArmsQuestion): readonly string[] {
  const conditions = [`${ARM} is not null`, "measured_exchanges <> 0"];
  if (since !== null) conditions.push(`opened_ms >= ${Math.trunc(since)}`);
  if (until !== null) conditions.push(`opened_ms < ${Math.trunc(until)}`);
  return conditions;
}
