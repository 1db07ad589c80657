/** The newest exchanges of a window. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Instant, PurserError } from "../../../base/index.ts";
import type { Exchange, Window } from "../../contracts/index.ts";
import { parquetSource, partsWithin, type Snapshot, selectObjects } from "../database/index.ts";
import { exchangeFromRow, toExchange } from "../rows/index.ts";
import { blocksOf, detailColumns } from "./find-exchanges.ts";

/** The most that one answer may hold. */
const EXCHANGES_MAX = 10_000;

export async function exchanges(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  question: Window & { readonly limit: number },
): Promise<readonly Exchange[]> {
  const { limit } = question;
  if (!(Number.isSafeInteger(limit) && limit >= 0 && limit <= EXCHANGES_MAX)) {
    const what = `limit is a whole number of at most ${EXCHANGES_MAX}`;
    throw new PurserError("LEDGER_QUESTION_INVALID", { what });
  }
  const live = liveWithin(snapshot, question).sort(newestFirst).slice(0, limit);
  const compacted = await compactedWithin(connection, snapshot, question);
  return [...live, ...compacted].sort(newestFirst).slice(0, limit);
}

function newestFirst(left: Exchange, right: Exchange): number {
  const byTime = right.opened.at - left.opened.at;
  if (byTime !== 0) return byTime;
  return left.opened.exchange < right.opened.exchange ? 1 : -1;
}

function liveWithin(snapshot: Snapshot, window: Window): Exchange[] {
  const found: Exchange[] = [];
  for (const { state } of snapshot.live.all()) {
    if (within(window, state.opened.at)) found.push(toExchange(state));
  }
  return found;
}

/** Whether an exchange that opened `at` is in the window. */
export function within({ since, until }: Window, at: Instant): boolean {
  return (since === null || at >= since) && (until === null || at < until);
}

/** Rows that were taken back, there or by the journal, are left out. */
async function compactedWithin(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  { since, until, limit }: Window & { readonly limit: number },
): Promise<readonly Exchange[]> {
  const bounds = { sinceMs: since, untilMs: until };
  const parts = partsWithin(snapshot.manifest, bounds);
  const source = parquetSource(parts, "exchanges");
  if (source === null) return [];
  const conditions = ["sign = 1"];
  if (since !== null) conditions.push(`opened_ms >= ${Math.trunc(since)}`);
  if (until !== null) conditions.push(`opened_ms < ${Math.trunc(until)}`);
  conditions.push(...notTakenBack(snapshot));
  const sql = `select ${detailColumns()} from ${source} where ${conditions.join(" and ")}
order by opened_ms desc, exchange desc limit ${limit}`;
  const rows = await selectObjects(connection, sql, []);
  const blocks = await blocksOf(connection, parts, rows);
  return rows.map((row) => exchangeFromRow(row, blocks.get(String(row.exchange)) ?? []));
}

/** Conditions that leave out the rows that a later one replaces. */
export function notTakenBack(snapshot: Snapshot): readonly string[] {
  const conditions: string[] = [];
  const source = parquetSource(
    snapshot.manifest.parts.filter((part) => part.takenBack > 0),
    "exchanges",
  );
  if (source !== null) {
    const taken = `select exchange, revision from ${source} where sign = -1`;
    conditions.push(`(exchange, revision) not in (${taken})`);
  }
  const replaced = `select exchange from ${snapshot.liveTable} where sign = -1`;
  conditions.push(`exchange not in (${replaced})`);
  return conditions;
}
