/**
 * Which records of a run go in, and what of the ledger gives way. A call is known by its message; a
 * record that names only a request gives way to any that names the message of the same request.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { parquetSource } from "../database/index.ts";
import type { LiveExchanges } from "../live/index.ts";
import type { Manifest } from "../manifest/index.ts";

/** Names appended in one statement. */
const NAMES_AT_ONCE = 1_000;

/**
 * Leaves the tables `winner` (what goes in: exchange, request_id, rank, opened, settled, known_rank,
 * revision), `counted` and `departing` (exchanges to take out). `incoming` is there already.
 */
export async function weighRecords(
  connection: DuckDBConnection,
  manifest: Manifest,
  live: LiveExchanges,
): Promise<void> {
  await gatherKnown(connection, manifest);
  await gatherLive(connection, live);
  for (const sql of WEIGHING) await connection.run(sql);
}

/** What of the parts shares a message or a request with the run, and everything imported before. */
async function gatherKnown(connection: DuckDBConnection, manifest: Manifest): Promise<void> {
  const source = parquetSource(manifest.parts, "exchanges") ?? NO_ROWS;
  await connection.run(`create or replace temp table touched as
select sign, exchange, revision, message_id, request_id, source,
  case when source is not null then json_extract_string(detail, '$.opened.imported.rank') end as rank
from ${source}
where source is not null
  or message_id in (select message_id from incoming where message_id is not null)
  or request_id in (select request_id from incoming where request_id is not null)`);
  await connection.run(`create or replace temp table known as
select exchange, revision, any_value(message_id) as message_id, any_value(request_id) as request_id,
  any_value(source) as source, any_value(rank) as rank
from touched group by exchange, revision having sum(sign) = 1`);
  await connection.run(`create or replace temp table seen as
select exchange, max(revision) as revision from touched where source is not null group by exchange`);
  // Imported calls may share an id with a gateway exchange that the run does not name.
  await connection.run(`create or replace temp table carried as
select message_id, request_id from known where source is null
union all select message_id, request_id from ${source}
where source is null and (message_id in (select message_id from known where source is not null)
  or request_id in (select request_id from known where source is not null))`);
}

const NO_ROWS = `(select 1::tinyint as sign, null::varchar as exchange, 0 as revision,
null::varchar as message_id, null::varchar as request_id, null::varchar as source,
null::varchar as detail where false)`;

/** The journal's exchanges are the gateway's. */
async function gatherLive(connection: DuckDBConnection, live: LiveExchanges): Promise<void> {
  let some: (string | null)[] = [];
  const flush = async (): Promise<void> => {
    if (some.length === 0) return;
    const rows = Array.from(
      { length: some.length / 2 },
      (_, at) => `($${at * 2 + 1}, $${at * 2 + 2})`,
    );
    await connection.run(`insert into carried values ${rows.join(", ")}`, some);
    some = [];
  };
  for (const { state } of live.all()) {
    const { settled, opened } = state;
    if (settled === null || opened.imported !== undefined) continue;
    if (settled.messageId === null && settled.requestId === null) continue;
    some.push(settled.messageId, settled.requestId);
    if (some.length === NAMES_AT_ONCE * 2) await flush();
  }
  await flush();
}

const IS_CARRIED = `(message_id in (select message_id from carried where message_id is not null)
  or request_id in (select request_id from carried where request_id is not null))`;

/** Requests whose message some record names. */
const NAMED = `(select request_id from best where message_id is not null and request_id is not null
  union all select request_id from known
  where source is not null and message_id is not null and request_id is not null)`;

/**
 * `best` is the best record of each call, with the request that any record of it names, so that what
 * gave way is known again by its request. A record that stands and lacks the request learns it.
 */
const WEIGHING: readonly string[] = [
  `create or replace temp table best as select exchange, message_id,
  coalesce(request_id, max(request_id) over (partition by exchange)) as request_id,
  rank, opened, settled from incoming
qualify row_number() over (partition by exchange order by rank desc, opened desc, settled desc) = 1`,
  `create or replace temp table counted as select exchange from best
where ${IS_CARRIED} or (message_id is null and request_id in ${NAMED})`,
  `create or replace temp table departing as select exchange from known where source is not null and
(${IS_CARRIED} or (message_id is null and request_id in ${NAMED}))`,
  `create or replace temp table winner as
select best.exchange, coalesce(best.request_id, known.request_id) as request_id,
  best.opened, best.settled, known.exchange is not null as replaces,
  known.rank is not null and known.rank >= best.rank as keeps,
  coalesce(seen.revision, -1) + 1 as revision
from best left join known on known.exchange = best.exchange
left join seen on seen.exchange = best.exchange
where best.exchange not in (select exchange from counted)
  and best.exchange not in (select exchange from departing)
  and (known.rank is null or best.rank > known.rank
    or (known.request_id is null and best.request_id is not null))`,
];
