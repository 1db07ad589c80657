/** Exchanges of a window in the order in which they opened, some at a time. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Exchange, Window } from "../../contracts/index.ts";
import { parquetSource, partsWithin, type Snapshot, selectObjects } from "../database/index.ts";
import { exchangeFromRow, toExchange } from "../rows/index.ts";
import { notTakenBack, within } from "./exchanges.ts";
import { blocksOf, detailColumns } from "./find-exchanges.ts";

/** The exchange after which to go on. */
export type PromptsCursor = { readonly at: number; readonly exchange: string };

export type PromptsQuestion = Window & {
  readonly after: PromptsCursor | null;
  readonly limit: number;
};

/** At most `limit` exchanges after the cursor, oldest first; their prompts hold only what is new. */
export async function prompts(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  question: PromptsQuestion,
): Promise<readonly Exchange[]> {
  const live = liveAfter(snapshot, question);
  const compacted = await compactedAfter(connection, snapshot, question);
  return [...live, ...compacted].sort(oldestFirst).slice(0, question.limit);
}

function oldestFirst(left: Exchange, right: Exchange): number {
  const byTime = left.opened.at - right.opened.at;
  if (byTime !== 0) return byTime;
  return left.opened.exchange < right.opened.exchange ? -1 : 1;
}

function liveAfter(snapshot: Snapshot, question: PromptsQuestion): readonly Exchange[] {
  const found: Exchange[] = [];
  for (const { state } of snapshot.live.all()) {
    const { at, exchange } = state.opened;
    if (within(question, at) && isAfter(question.after, at, exchange))
      found.push(toExchange(state));
  }
  return found.sort(oldestFirst).slice(0, question.limit);
}

function isAfter(cursor: PromptsCursor | null, at: number, exchange: string): boolean {
  if (cursor === null || at > cursor.at) return true;
  return at === cursor.at && exchange > cursor.exchange;
}

async function compactedAfter(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  { since, until, after, limit }: PromptsQuestion,
): Promise<readonly Exchange[]> {
  const from = Math.max(since ?? Number.NEGATIVE_INFINITY, after?.at ?? Number.NEGATIVE_INFINITY);
  const bounds = { sinceMs: from === Number.NEGATIVE_INFINITY ? null : from, untilMs: until };
  const parts = partsWithin(snapshot.manifest, bounds);
  const source = parquetSource(parts, "exchanges");
  if (source === null) return [];
  const conditions = ["sign = 1", ...notTakenBack(snapshot)];
  if (bounds.sinceMs !== null) conditions.push(`opened_ms >= ${Math.trunc(bounds.sinceMs)}`);
  if (until !== null) conditions.push(`opened_ms < ${Math.trunc(until)}`);
  if (after !== null) {
    conditions.push(`(opened_ms > ${Math.trunc(after.at)} or exchange > $1)`);
  }
  const sql = `select ${detailColumns()} from ${source} where ${conditions.join(" and ")}
order by opened_ms, exchange limit ${limit}`;
  const rows = await selectObjects(connection, sql, after === null ? [] : [after.exchange]);
  const blocks = await blocksOf(connection, parts, rows);
  return rows.map((row) => exchangeFromRow(row, blocks.get(String(row.exchange)) ?? []));
}
