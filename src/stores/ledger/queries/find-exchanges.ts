/** Exchanges by id, as the parts have them. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Exchange } from "../../contracts/index.ts";
import { parquetSource, selectObjects } from "../database/index.ts";
import type { Manifest, Part } from "../manifest/index.ts";
import { DETAIL_COLUMNS, exchangeFromRow } from "../rows/index.ts";

type Row = Readonly<Record<string, unknown>>;

/** Ids asked for in one statement. */
const IDS_AT_ONCE = 500;

export async function findExchanges(
  connection: DuckDBConnection,
  manifest: Manifest,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Exchange>> {
  const found = new Map<string, Exchange>();
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    const some = ids.slice(start, start + IDS_AT_ONCE);
    const rows = await newestRows(connection, manifest.parts, some);
    const blocks = await blocksOf(connection, manifest.parts, rows);
    for (const row of rows) {
      const id = String(row.exchange);
      found.set(id, exchangeFromRow(row, blocks.get(id) ?? []));
    }
  }
  return found;
}

/** Of each id the row with the highest revision: those before it have been taken back. */
async function newestRows(
  connection: DuckDBConnection,
  parts: readonly Part[],
  ids: readonly string[],
): Promise<readonly Row[]> {
  const source = parquetSource(parts, "exchanges");
  if (source === null || ids.length === 0) return [];
  const sql = `select ${detailColumns()} from ${source} where sign = 1 and ${oneOf("exchange", ids)}
qualify row_number() over (partition by exchange order by revision desc) = 1`;
  return selectObjects(connection, sql, ids);
}

export function detailColumns(): string {
  return DETAIL_COLUMNS.map((name) => `"${name}"`).join(", ");
}

function oneOf(column: string, ids: readonly string[]): string {
  return `${column} in (${ids.map((_, index) => `$${index + 1}`).join(", ")})`;
}

/** The prompt blocks of each of `rows`, in order. */
export async function blocksOf(
  connection: DuckDBConnection,
  parts: readonly Part[],
  rows: readonly Row[],
): Promise<ReadonlyMap<string, readonly Row[]>> {
  const byExchange = new Map<string, Row[]>();
  const source = parquetSource(parts, "blocks");
  if (source === null || rows.length === 0) return byExchange;
  const times = rows.map((row) => Number(row.opened_ms));
  const ids = rows.map((row) => String(row.exchange));
  const within = `opened_ms between ${Math.min(...times)} and ${Math.max(...times)}`;
  const sql = `select * from ${source} where ${within} and ${oneOf("exchange", ids)}
order by exchange, position`;
  for (const row of await selectObjects(connection, sql, ids)) {
    const id = String(row.exchange);
    byExchange.set(id, [...(byExchange.get(id) ?? []), row]);
  }
  return byExchange;
}
