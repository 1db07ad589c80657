import { randomUUID } from "node:crypto";
import { chmodSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { PurserError } from "../../../base/index.ts";
import type { ExportFormat, ExportQuestion, Window } from "../../contracts/index.ts";
import {
  parquetSource,
  partsWithin,
  quoted,
  type Snapshot,
  selectRows,
} from "../database/index.ts";
import { notTakenBack, within } from "../queries/index.ts";
import { appendRows, COLUMNS, createTableSql, rowOf } from "../rows/index.ts";
import { exchangeSql } from "./exchange-sql.ts";
import { focusSql } from "./focus-sql.ts";

const OPTIONS: { readonly [Format in ExportFormat]: string } = {
  csv: "(format csv, header true)",
  jsonl: "(format json)",
  parquet: "(format parquet, compression zstd)",
  focus: "(format csv, header true)",
};

/**
 * The question's `file` is absolute and stands in a folder that the engine may write to.
 * Errors: `LEDGER_EXPORT_FAILED`.
 */
export async function exportLedger(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  question: ExportQuestion,
): Promise<{ readonly rows: number }> {
  const { format, file } = question;
  const beside = join(dirname(file), `.purser-export-${randomUUID()}`);
  try {
    await stageLive(connection, snapshot, question);
    const source = sourceOf(snapshot, question);
    const account = question.billingAccount ?? null;
    const sql = format === "focus" ? focusSql(source, account) : exchangeSql(source, format);
    const copy = `copy (${sql}) to ${quoted(beside)} ${OPTIONS[format]}`;
    const [row] = await selectRows(connection, copy, []);
    chmodSync(beside, 0o600);
    renameSync(beside, file);
    return { rows: Number(row?.[0] ?? 0) };
  } catch (error) {
    rmSync(beside, { force: true });
    throw isRefusedWrite(error) ? exportFailed(file, error) : error;
  }
}

/** The journal's exchanges as they now are, each once. */
async function stageLive(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  window: Window,
): Promise<void> {
  const rows = [...snapshot.live.all()]
    .filter(({ state }) => within(window, state.opened.at))
    .map(({ state }) => rowOf(state).positive);
  await connection.run("drop table if exists exported_live");
  await connection.run(createTableSql("exported_live", COLUMNS));
  await appendRows(connection, "exported_live", rows);
}

function sourceOf(snapshot: Snapshot, { since, until }: Window): string {
  const live = "select * from exported_live";
  const bounds = { sinceMs: since, untilMs: until };
  const parts = parquetSource(partsWithin(snapshot.manifest, bounds), "exchanges");
  if (parts === null) return live;
  const conditions = ["sign = 1", ...notTakenBack(snapshot)];
  if (since !== null) conditions.push(`opened_ms >= ${Math.trunc(since)}`);
  if (until !== null) conditions.push(`opened_ms < ${Math.trunc(until)}`);
  return `select * from ${parts} where ${conditions.join(" and ")} union all ${live}`;
}

function isRefusedWrite(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return "code" in error || /IO Error|Permission Error/.test(error.message);
}

function exportFailed(file: string, cause: unknown): PurserError {
  const what = cause instanceof Error ? cause.message.slice(0, 300) : String(cause);
  return new PurserError("LEDGER_EXPORT_FAILED", { what, where: file, cause });
}
