/**
 * Spend by any dimensions. Where a rollup has them all, whole slots of the window come from it and
 * only the ragged ends from rows; the journal's own rows join in either case.
 */
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { PurserError } from "../../../base/index.ts";
import type { Dimension, SpendAnswer, SpendQuestion, SpendRow } from "../../contracts/index.ts";
import { type Snapshot, selectRows } from "../database/index.ts";
import { checkDimension, formatSlot, isTimeDimension } from "./dimensions.ts";
import { spendSql } from "./spend-sql.ts";
import { totalsFromRow, totalsLess } from "./totals.ts";

/** Dimensions and filters that one question may combine. */
const DIMENSIONS_MAX = 8;
const FILTERS_MAX = 32;
/** Rows that one answer may have: what is beyond is summed in `others`. */
const ROWS_MAX = 100_000;

export async function spend(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  question: SpendQuestion,
): Promise<SpendAnswer> {
  checkQuestion(question);
  const top = Math.min(question.top ?? ROWS_MAX, ROWS_MAX);
  const { sql, bound, source } = spendSql(snapshot, { ...question, top });
  const values = await selectRows(connection, sql, bound);
  const total = totalsFromRow(values.at(-1) ?? [], question.by.length + 1);
  const rows = values.slice(0, -1).map((row) => spendRow(question.by, row));
  const others = totalsLess(
    total,
    rows.map((row) => row.totals),
  );
  const grouped = question.by.length === 0 ? [{ group: [], totals: total }] : rows;
  const cut = question.by.length > 0 && rows.length === top && others.exchanges > 0;
  return { rows: grouped, others: cut ? others : null, total, source };
}

/** Errors: `LEDGER_QUESTION_INVALID`. */
export function checkQuestion(question: SpendQuestion): void {
  if (question.by.length > DIMENSIONS_MAX || question.where.length > FILTERS_MAX) {
    const what = `at most ${DIMENSIONS_MAX} dimensions and ${FILTERS_MAX} filters in one question`;
    throw new PurserError("LEDGER_QUESTION_INVALID", { what });
  }
  if (question.top !== null && !(Number.isSafeInteger(question.top) && question.top >= 0)) {
    throw new PurserError("LEDGER_QUESTION_INVALID", { what: "top is a whole number" });
  }
  for (const dimension of question.by) checkDimension(dimension);
  for (const filter of question.where) checkDimension(filter.dimension);
}

function spendRow(by: readonly Dimension[], row: readonly DuckDBValue[]): SpendRow {
  const group = by.map((dimension, index) => groupText(dimension, row[index + 1] ?? null));
  return { group, totals: totalsFromRow(row, by.length + 1) };
}

function groupText(dimension: Dimension, value: DuckDBValue): string | null {
  if (value === null) return null;
  return isTimeDimension(dimension) ? formatSlot(dimension, BigInt(String(value))) : String(value);
}
