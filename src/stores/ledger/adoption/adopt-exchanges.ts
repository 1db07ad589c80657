/** One run of an import, from its spool to a new manifest. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { assert } from "../../../base/index.ts";
import type { ImportAnswer } from "../../contracts/index.ts";
import { createStage, STAGED, writePart } from "../compaction/index.ts";
import { lockCompaction } from "../compaction-lock.ts";
import { selectRows } from "../database/index.ts";
import type { LedgerLayout } from "../layout.ts";
import type { LiveExchanges } from "../live/index.ts";
import { type Manifest, readManifest, writeManifest } from "../manifest/index.ts";
import { findExchanges } from "../queries/index.ts";
import { appendRows, type ExchangeState, rowOf, stateFromExchange } from "../rows/index.ts";
import { exchangeOf, stageRecords } from "./stage-records.ts";
import { weighRecords } from "./weigh-records.ts";

/** How long a run waits for a compaction to end. */
const LOCK_WAIT_MS = 60_000;
/** Exchanges turned into rows at once. */
const EXCHANGES_AT_ONCE = 5_000;

export type AdoptionOptions = {
  readonly layout: LedgerLayout;
  readonly connection: DuckDBConnection;
  /** The file of records that the importer wrote. */
  readonly spool: string;
  /** The journal as it stands, asked for when nothing can be compacted away any more. */
  readonly live: () => Promise<{ readonly live: LiveExchanges; readonly release: () => void }>;
};

/** Errors: `LEDGER_BUSY` when a compaction does not end. */
export async function adoptExchanges(options: AdoptionOptions): Promise<ImportAnswer> {
  const { layout, connection } = options;
  const records = await stageRecords(connection, options.spool);
  const unlock = lockCompaction(layout, LOCK_WAIT_MS);
  try {
    const manifest = readManifest(layout.manifest);
    const journal = await options.live();
    try {
      await weighRecords(connection, manifest, journal.live);
    } finally {
      journal.release();
    }
    await stageRows(connection, manifest);
    await writeStaged(options, manifest);
    return await answerOf(connection, records);
  } finally {
    unlock();
  }
}

/** A run that changes nothing writes nothing. */
async function writeStaged(
  { layout, connection }: AdoptionOptions,
  manifest: Manifest,
): Promise<void> {
  const [count] = await selectRows(connection, "select count(*) from stage_rows", []);
  if (count?.[0] === 0n) return;
  const id = manifest.nextPart;
  const part = await writePart(connection, layout, { id, level: 0 }, STAGED);
  assert(part !== null, "staged rows make a part");
  writeManifest(layout.manifest, {
    ...manifest,
    generation: manifest.generation + 1,
    nextPart: id + 1,
    parts: [...manifest.parts, part],
  });
}

/** The rows that go in, and the negatives of those that give way. */
async function stageRows(connection: DuckDBConnection, manifest: Manifest): Promise<void> {
  await createStage(connection);
  await connection.run(`create or replace temp table numbered as
select row_number() over (order by exchange) as number, * from winner`);
  for (let from = 0; ; from += EXCHANGES_AT_ONCE) {
    const some = await winners(connection, from);
    if (some.length === 0) break;
    const replaced = some.filter((winner) => winner.replaces).map(({ state }) => idOf(state));
    const known = await findExchanges(connection, manifest, replaced);
    const rows = some.flatMap(({ state, replaces, keeps }) => {
      if (!replaces) return [rowOf(state).positive];
      const found = known.get(idOf(state));
      assert(found !== undefined, "what gives way is in the ledger");
      const old = stateFromExchange(found);
      const fresh = keeps ? withRequest(old, state) : state;
      const corrections = [...old.corrections, reasonOf(keeps, state)];
      return [rowOf(old).negative, rowOf({ ...fresh, corrections }).positive];
    });
    await appendRows(connection, "stage_rows", rows);
  }
  await stageDepartures(connection, manifest);
}

type Winner = {
  readonly state: ExchangeState;
  readonly replaces: boolean;
  /** Only the request's name is learnt; the record that stands is the better one. */
  readonly keeps: boolean;
};

async function winners(connection: DuckDBConnection, from: number): Promise<readonly Winner[]> {
  const sql = `select opened, settled, request_id, replaces, keeps, revision from numbered
where number > ${from} and number <= ${from + EXCHANGES_AT_ONCE}`;
  const rows = await selectRows(connection, sql, []);
  return rows.map(([opened, settled, request, replaces, keeps, revision]) => {
    const exchange = exchangeOf(String(opened), String(settled));
    const requestId = request === null ? null : String(request);
    const state = {
      opened: exchange.opened,
      settled: { ...exchange.settled, requestId },
      // A revision of its own for what comes back after it was taken out.
      corrections: Array.from({ length: replaces === true ? 0 : Number(revision) }, () => "import"),
    };
    return { state, replaces: replaces === true, keeps: keeps === true };
  });
}

function withRequest(old: ExchangeState, { settled }: ExchangeState): ExchangeState {
  assert(old.settled !== null, "an imported call is settled");
  return { ...old, settled: { ...old.settled, requestId: settled?.requestId ?? null } };
}

function reasonOf(keeps: boolean, { opened }: ExchangeState): string {
  const source = opened.imported?.source ?? "";
  return keeps ? `import: its request named by ${source}` : `import: a better record, ${source}`;
}

function idOf({ opened }: ExchangeState): string {
  return opened.exchange;
}

async function stageDepartures(connection: DuckDBConnection, manifest: Manifest): Promise<void> {
  const ids = await selectRows(connection, "select exchange from departing order by 1", []);
  for (let from = 0; from < ids.length; from += EXCHANGES_AT_ONCE) {
    const some = ids.slice(from, from + EXCHANGES_AT_ONCE).map(([id]) => String(id));
    const found = await findExchanges(connection, manifest, some);
    const rows = [...found.values()].map((one) => rowOf(stateFromExchange(one)).negative);
    await appendRows(connection, "stage_rows", rows);
  }
}

async function answerOf(connection: DuckDBConnection, records: number): Promise<ImportAnswer> {
  const sql = `select (select count(*) from winner where not replaces),
(select count(*) from winner where replaces and not keeps), (select count(*) from counted),
(select count(*) from departing), (select count(*) from best)`;
  const [row] = await selectRows(connection, sql, []);
  const [added, replaced, countedElsewhere, removed, calls] = (row ?? []).map(Number);
  const moved = (added ?? 0) + (replaced ?? 0) + (countedElsewhere ?? 0);
  return {
    records,
    added: added ?? 0,
    replaced: replaced ?? 0,
    unchanged: (calls ?? 0) - moved,
    countedElsewhere: countedElsewhere ?? 0,
    removed: removed ?? 0,
  };
}
