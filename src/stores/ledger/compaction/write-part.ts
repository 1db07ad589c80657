/** Writes the files of one part from staged rows: durable, with their checksums, not yet in a manifest. */
import { createHash } from "node:crypto";
import { closeSync, createReadStream, fsyncSync, openSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { selectRows } from "../database/index.ts";
import type { LedgerLayout } from "../layout.ts";
import type { Part, PartFile } from "../manifest/index.ts";
import { BLOCK_COLUMNS, COLUMNS, createTableSql } from "../rows/index.ts";
import { type RollupKind, rollupOfRows } from "./rollups.ts";

const PARQUET = "(format parquet, compression zstd, row_group_size 122880)";

export type PartQueries = {
  /** The rows of the part, nearly in order of time: questions with a window skip row groups by it. */
  readonly exchanges: string;
  readonly blocks: string;
  readonly rollup: (kind: RollupKind) => string;
};

export type PartIdentity = { readonly id: number; readonly level: number };

/** Empty tables for rows and blocks, replacing any from before. */
export async function createStage(connection: DuckDBConnection): Promise<void> {
  await connection.run("drop table if exists stage_rows");
  await connection.run("drop table if exists stage_blocks");
  await connection.run(createTableSql("stage_rows", COLUMNS));
  await connection.run(createTableSql("stage_blocks", BLOCK_COLUMNS));
}

export const STAGED: PartQueries = {
  exchanges: "select * from stage_rows order by opened_ms, exchange",
  blocks: "select * from stage_blocks order by opened_ms, exchange, position",
  rollup: (kind) => rollupOfRows(kind, "stage_rows"),
};

/** `null` when there are no rows. */
export async function writePart(
  connection: DuckDBConnection,
  layout: LedgerLayout,
  identity: PartIdentity,
  queries: PartQueries,
): Promise<Part | null> {
  const write = (kind: string, sql: string): Promise<PartFile> =>
    writeFile(connection, layout, `${String(identity.id).padStart(8, "0")}-${kind}.parquet`, sql);
  const exchanges = await write("exchanges", queries.exchanges);
  if (exchanges.rows === 0) return null;
  const blocks = await write("blocks", queries.blocks);
  if (blocks.rows === 0) unlinkSync(join(layout.parts, blocks.name));
  const facts = `select min(opened_ms), max(opened_ms), count(*) filter (sign = -1)
from 'parts/${exchanges.name}'`;
  const [row] = await selectRows(connection, facts, []);
  return {
    ...identity,
    firstMs: Number(row?.[0]),
    lastMs: Number(row?.[1]),
    takenBack: Number(row?.[2]),
    hasSource: true,
    exchanges,
    blocks: blocks.rows === 0 ? null : blocks,
    hourly: await write("hourly", queries.rollup("hourly")),
    users: await write("users", queries.rollup("users")),
    sessions: await write("sessions", queries.rollup("sessions")),
  };
}

async function writeFile(
  connection: DuckDBConnection,
  layout: LedgerLayout,
  name: string,
  sql: string,
): Promise<PartFile> {
  const [row] = await selectRows(connection, `copy (${sql}) to 'parts/${name}' ${PARQUET}`, []);
  const path = join(layout.parts, name);
  const file = openSync(path, "r");
  fsyncSync(file);
  closeSync(file);
  return { name, rows: Number(row?.[0]), bytes: statSync(path).size, sha256: await sha256Of(path) };
}

/** The checksum of a whole file, read in pieces. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}
