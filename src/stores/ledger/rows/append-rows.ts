import { type DuckDBConnection, DuckDBDataChunk, type DuckDBValue } from "@duckdb/node-api";
import { BLOCK_COLUMNS, COLUMNS, type Column } from "./columns.ts";

/** Rows a chunk takes. */
const CHUNK_ROWS = 2048;

export type AppendedRow = readonly DuckDBValue[];

/** Appends by chunks: row by row, a nested value costs ten times as much. */
export function appendRows(
  connection: DuckDBConnection,
  table: string,
  rows: readonly AppendedRow[],
): Promise<void> {
  return append(connection, table, COLUMNS, rows);
}

export function appendBlocks(
  connection: DuckDBConnection,
  table: string,
  rows: readonly AppendedRow[],
): Promise<void> {
  return append(connection, table, BLOCK_COLUMNS, rows);
}

async function append(
  connection: DuckDBConnection,
  table: string,
  columns: readonly Column[],
  rows: readonly AppendedRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const types = columns.map((column) => column.type);
  const appender = await connection.createAppender(table);
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const some = rows.slice(start, start + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, some.length);
    chunk.setRows(some);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
