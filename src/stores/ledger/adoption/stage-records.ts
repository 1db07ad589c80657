/** The records of a run as a table, so that a run may be larger than memory. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import {
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBValue,
  VARCHAR,
} from "@duckdb/node-api";
import { assert } from "../../../base/index.ts";
import type { ImportedExchange } from "../../contracts/index.ts";
import { decodeEntry } from "../entries/index.ts";

/** Records appended at once. */
const RECORDS_AT_ONCE = 2_048;
const NAMES = ["exchange", "message_id", "request_id", "rank", "opened", "settled"] as const;

/** Fills the table `incoming` from a spool: for each record a line with its two entries as JSON. */
export async function stageRecords(connection: DuckDBConnection, spool: string): Promise<number> {
  await connection.run("drop table if exists incoming");
  const columns = NAMES.map((name) => `${name} varchar`).join(", ");
  await connection.run(`create table incoming (${columns})`);
  const appender = await connection.createAppender("incoming");
  let some: DuckDBValue[][] = [];
  let records = 0;
  const flush = (): void => {
    if (some.length === 0) return;
    const types = NAMES.map(() => VARCHAR);
    const chunk = DuckDBDataChunk.create(types, some.length);
    chunk.setRows(some);
    appender.appendDataChunk(chunk);
    some = [];
  };
  for await (const line of linesOf(spool)) {
    some.push(recordOf(line));
    records += 1;
    if (some.length === RECORDS_AT_ONCE) flush();
  }
  flush();
  appender.closeSync();
  return records;
}

/** A pair of entries is a JSON list; JSON of ours holds no raw line ends. */
function linesOf(spool: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(spool), crlfDelay: Number.POSITIVE_INFINITY });
}

function recordOf(line: string): DuckDBValue[] {
  const pair: unknown = JSON.parse(line);
  assert(Array.isArray(pair), "a line of a spool is a pair of entries");
  const [opened, settled] = pair.map(String);
  const exchange = exchangeOf(opened ?? "", settled ?? "");
  const { imported } = exchange.opened;
  assert(imported !== undefined, "a record says where it was imported from");
  return [
    exchange.opened.exchange,
    exchange.settled.messageId,
    exchange.settled.requestId,
    imported.rank,
    opened ?? "",
    settled ?? "",
  ];
}

/** Two entries as the journal encodes them, back to what they say. */
export function exchangeOf(openedJson: string, settledJson: string): ImportedExchange {
  const [opened, settled] = [decodeEntry(openedJson), decodeEntry(settledJson)];
  assert(opened.kind === "entry" && opened.entry.kind === "opened", "an opening comes first");
  assert(settled.kind === "entry" && settled.entry.kind === "settled", "a settlement follows");
  return { opened: opened.entry, settled: settled.entry };
}
