/**
 * The columns of an exchange's row. `sign` is 1, or -1 in a row that takes an earlier one back; the
 * measures of such a row are negated, so a plain sum over all rows is right.
 */
import { BIGINT, type DuckDBType, INTEGER, LIST, STRUCT, TINYINT, VARCHAR } from "@duckdb/node-api";

export type Column = { readonly name: string; readonly sql: string; readonly type: DuckDBType };

/** Sums kept per row and per rollup row: counts, tokens, then picodollars. Order is that of `SpendTotals`. */
export const MEASURES = [
  "exchanges",
  "measured_exchanges",
  "unpriced_exchanges",
  "open_exchanges",
  "input_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "cache_read_tokens",
  "output_tokens",
  "input_amount",
  "cache_write_amount",
  "cache_read_amount",
  "output_amount",
  "fee_amount",
  "measured_amount",
  "estimated_amount",
  "showback_amount",
] as const;
export type Measure = (typeof MEASURES)[number];

const LINE = {
  kind: VARCHAR,
  item: VARCHAR,
  model: VARCHAR,
  quantity: BIGINT,
  unit_amount: BIGINT,
  amount: BIGINT,
};
const LINES_SQL =
  "struct(kind varchar, item varchar, model varchar, quantity bigint, unit_amount bigint, amount bigint)[]";

function text(name: string): Column {
  return { name, sql: "varchar", type: VARCHAR };
}

function whole(name: string): Column {
  return { name, sql: "bigint", type: BIGINT };
}

export const COLUMNS: readonly Column[] = [
  { name: "sign", sql: "tinyint", type: TINYINT },
  { name: "revision", sql: "integer", type: INTEGER },
  text("exchange"),
  text("call"),
  whole("opened_ms"),
  whole("settled_ms"),
  whole("first_byte_ms"),
  text("outcome"),
  text("model"),
  text("key"),
  text("user"),
  text("user_type"),
  text("team"),
  text("endpoint"),
  text("session"),
  text("client"),
  text("tags"),
  text("model_asked"),
  text("model_served"),
  { name: "http_status", sql: "integer", type: INTEGER },
  text("error_type"),
  text("message_id"),
  text("request_id"),
  text("stop_reason"),
  ...MEASURES.map(whole),
  { name: "lines", sql: LINES_SQL, type: LIST(STRUCT(LINE)) },
  text("detail"),
  // Last: parts from before it was kept have no such column.
  text("source"),
];

/** What it takes to rebuild an exchange; sums and dimensions derived from others are left out. */
export const DETAIL_COLUMNS = COLUMNS.map((column) => column.name).filter(
  (name) => name !== "model" && name !== "source" && !MEASURES.some((measure) => measure === name),
);

/** The new blocks of a prompt, in a file of their own, so that sums never read them. */
export const BLOCK_COLUMNS: readonly Column[] = [
  text("exchange"),
  whole("opened_ms"),
  { name: "position", sql: "integer", type: INTEGER },
  text("fingerprint"),
  text("section"),
  text("type"),
  text("role"),
  whole("bytes"),
];

export function createTableSql(table: string, columns: readonly Column[]): string {
  const list = columns.map((column) => `"${column.name}" ${column.sql}`).join(", ");
  return `create table ${table} (${list})`;
}
