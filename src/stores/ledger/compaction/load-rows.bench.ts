/**
 * Fills an empty ledger with exchanges made by SQL and written as parts by the code that a compaction
 * uses. Run as a process: `node load-rows.bench.ts DIRECTORY ROWS`. Prints one JSON line.
 */
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { openDatabase } from "../database/index.ts";
import { ledgerLayout } from "../layout.ts";
import { EMPTY_MANIFEST, type Manifest, writeManifest } from "../manifest/index.ts";
import { MEASURES } from "../rows/index.ts";
import { mergeOnce } from "./merge.ts";
import { createStage, STAGED, writePart } from "./write-part.ts";

const ROWS_PER_PART = 250_000;
const USERS = 20_000;
const ROWS_PER_SESSION = 10;
/** Sessions that are under way at the same time. */
const SESSIONS_AT_ONCE = 3_000;
const DAYS = 30;
const START_MS = Date.UTC(2026, 9, 1);

type Made = { readonly name: string; readonly sql: string };

/** Columns made one from another: who calls, with what, and how many tokens. */
const FACTS: readonly Made[] = [
  {
    name: "session_number",
    sql: `i // ${ROWS_PER_SESSION} + (hash(i) % ${SESSIONS_AT_ONCE})::bigint`,
  },
  { name: "skew", sql: "(hash(session_number, 1) % 1000000) / 1000000.0" },
  { name: "user_number", sql: `(skew * skew * ${USERS})::bigint` },
  { name: "team_number", sql: "user_number % 8" },
  { name: "endpoint_number", sql: "(hash(session_number, 2) % 6)::bigint" },
  {
    name: "model_number",
    sql: "(if(hash(i, 3) % 10 = 0, hash(i, 4), endpoint_number::ubigint) % 5)::bigint",
  },
  { name: "failed", sql: "hash(i, 5) % 100 < 3" },
  { name: "fresh", sql: "(50 + hash(i, 6) % 3000)::bigint" },
  { name: "written", sql: "(if(hash(i, 7) % 4 = 0, hash(i, 8) % 20000, 0))::bigint" },
  { name: "recalled", sql: "(if(hash(i, 9) % 3 > 0, hash(i, 10) % 90000, 0))::bigint" },
  { name: "output", sql: "(20 + hash(i, 11) % 2000)::bigint" },
  {
    name: "price",
    sql: "([1000000, 3000000, 5000000, 3000000, 15000000][model_number + 1])::bigint",
  },
  { name: "usable", sql: "not failed" },
];

const AMOUNTS = {
  input: "fresh * price",
  cache_write_5m: "written * (price * 5 // 4)",
  cache_read: "recalled * (price // 10)",
  output: "output * price * 5",
} as const;

function line(item: keyof typeof AMOUNTS, quantity: string, unit: string): string {
  return `{'kind': 'tokens', 'item': '${item}', 'model': model, 'quantity': ${quantity},
'unit_amount': ${unit}, 'amount': ${AMOUNTS[item]}}`;
}

const LINES = `[${[
  line("input", "fresh", "price"),
  line("cache_write_5m", "written", "price * 5 // 4"),
  line("cache_read", "recalled", "price // 10"),
  line("output", "output", "price * 5"),
].join(", ")}]`;

const MEASURE_SQL: { readonly [Name in (typeof MEASURES)[number]]: string } = {
  exchanges: "1",
  measured_exchanges: "usable::bigint",
  unpriced_exchanges: "0",
  open_exchanges: "0",
  input_tokens: "if(usable, fresh, 0)",
  cache_write_5m_tokens: "if(usable, written, 0)",
  cache_write_1h_tokens: "0",
  cache_read_tokens: "if(usable, recalled, 0)",
  output_tokens: "if(usable, output, 0)",
  input_amount: `if(usable, ${AMOUNTS.input}, 0)`,
  cache_write_amount: `if(usable, ${AMOUNTS.cache_write_5m}, 0)`,
  cache_read_amount: `if(usable, ${AMOUNTS.cache_read}, 0)`,
  output_amount: `if(usable, ${AMOUNTS.output}, 0)`,
  fee_amount: "0",
  measured_amount: `if(usable, ${Object.values(AMOUNTS).join(" + ")}, 0)`,
  estimated_amount: "0",
  showback_amount: "0",
};

const DETAIL = `concat('{"opened":{"path":"/v1/messages","stream":true,"maxTokens":4096,"requestBytes":',
fresh * 4, ',"settings":{"apiVersion":"2023-06-01","betas":[],"serviceTier":null,"speed":null,',
'"inferenceGeo":null,"thinking":null,"effort":null,"toolChoice":null,"hasImages":false},"prompt":null,',
'"worstCase":{"inputTokens":', fresh, ',"outputTokens":4096,"amount":"', fresh * price, '"},',
'"versions":{"purser":"0.1.0","config":"c","prices":"p","policy":"none"},"decisions":[],"arm":null},',
'"attributes":{},"settled":', if(usable, concat('{"responseBytes":', output * 5,
',"measured":{"usage":{"inputTokens":', fresh, ',"cacheWrite5mTokens":', written,
',"cacheWrite1hTokens":0,"cacheReadTokens":', recalled, ',"outputTokens":', output,
',"thinkingTokens":null,"serviceTier":"standard","speed":null,"inferenceGeo":null,',
'"webSearchRequests":0,"webFetchRequests":0,"iterations":null,"unknownFields":[]},"reported":{"input_tokens":',
fresh, ',"cache_creation_input_tokens":', written, ',"cache_read_input_tokens":', recalled,
',"output_tokens":', output, '},"lines":[],"total":"0","final":true,"priceDate":"2026-01-01"},'),
'{"responseBytes":100,"measured":null,'), '"estimated":null,"unbilledReason":',
if(usable, 'null', '"not-billed: 529"'), ',"unbilledUsage":null,"showback":null},"corrections":[]}')`;

const COLUMN_SQL: readonly string[] = [
  "1::tinyint",
  "0::integer",
  "format('ex_{:026d}', i)",
  "format('call_{:026d}', i)",
  "opened_ms",
  "opened_ms + 900 + output * 8",
  "opened_ms + 600",
  "if(failed, 'upstream-error', 'completed')",
  "model",
  "format('key-{:02d}', team_number * 6 + endpoint_number)",
  "format('user-{:05d}', user_number)",
  "if(user_number % 5 = 0, 'service', 'human')",
  "format('team-{}', team_number)",
  "endpoint",
  "format('session-{:08d}', session_number)",
  "if(endpoint_number < 3, 'anthropic-typescript/1.12', 'claude-cli/2.1')",
  `case hash(session_number, 12) % 5 when 0 then '{"feature":"search"}' when 1 then
'{"experiment":"b","feature":"mail"}' when 2 then '{"experiment":"a"}' end`,
  "model",
  "model",
  "if(failed, 529, 200)::integer",
  "if(failed, 'overloaded_error', null)",
  "if(failed, null, format('msg_{:024d}', i))",
  "format('req_{:024d}', i)",
  "if(failed, null, 'end_turn')",
  ...MEASURES.map((name) => MEASURE_SQL[name]),
  `if(usable, ${LINES}, null)`,
  DETAIL,
  "null",
];

function rowsSql(from: number, to: number, all: number): string {
  const spacing = (DAYS * 86_400_000) / all;
  let source = `select i from range(${from}, ${to}) made(i)`;
  const named: readonly Made[] = [
    ...FACTS,
    { name: "opened_ms", sql: `(${START_MS} + i * ${spacing} + hash(i, 13) % 2000)::bigint` },
    { name: "model", sql: "concat('claude-model-', model_number)" },
    {
      name: "endpoint",
      sql: "['chat','rag','agent','classify','report','code'][endpoint_number + 1]",
    },
  ];
  for (const { name, sql } of named) source = `select *, ${sql} as ${name} from (${source})`;
  return `select ${COLUMN_SQL.join(", ")} from (${source})`;
}

async function load(connection: DuckDBConnection, directory: string, rows: number): Promise<void> {
  const layout = ledgerLayout(directory);
  let manifest: Manifest = EMPTY_MANIFEST;
  for (let from = 0; from < rows; from += ROWS_PER_PART) {
    const to = Math.min(rows, from + ROWS_PER_PART);
    await createStage(connection);
    await connection.run(`insert into stage_rows ${rowsSql(from, to, rows)}`);
    const identity = { id: manifest.nextPart, level: 2 };
    const part = await writePart(connection, layout, identity, STAGED);
    if (part === null) break;
    const { generation, nextPart, parts } = manifest;
    manifest = {
      ...manifest,
      generation: generation + 1,
      nextPart: nextPart + 1,
      parts: [...parts, part],
    };
    writeManifest(layout.manifest, manifest);
  }
  const onStep = (): void => undefined;
  for (let merged: Manifest | null = manifest; merged !== null; ) {
    manifest = merged;
    merged = await mergeOnce({ layout, connection, onStep }, manifest);
  }
  const sizes = manifest.parts.map((part) => part.exchanges.bytes);
  const rollups = (kind: "hourly" | "users" | "sessions"): number =>
    manifest.parts.reduce((sum, part) => sum + part[kind].rows, 0);
  console.log(
    JSON.stringify({
      rows,
      parts: manifest.parts.length,
      bytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
      hourlyRows: rollups("hourly"),
      usersRows: rollups("users"),
      sessionsRows: rollups("sessions"),
    }),
  );
}

const [directory = "", rows = "0"] = process.argv.slice(2);
const layout = ledgerLayout(directory);
for (const folder of [layout.journal, layout.parts]) mkdirSync(folder, { recursive: true });
process.chdir(layout.root);
const database = await openDatabase({
  allowed: ["parts/"],
  spill: join(tmpdir(), `purser-load-${process.pid}`),
});
await load(await database.connect(), directory, Number(rows));
