/** What each call does. One place, so that the protocol and the work cannot drift apart. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { adoptExchanges } from "../adoption/index.ts";
import { compactLedger } from "../compaction/index.ts";
import type { Snapshot } from "../database/index.ts";
import { exportLedger } from "../export/index.ts";
import type { LedgerLayout } from "../layout.ts";
import { readManifest } from "../manifest/index.ts";
import {
  arms,
  billedUsage,
  charges,
  exchange,
  exchanges,
  promptOrigins,
  prompts,
  series,
  span,
  spend,
  traffic,
  trafficSlices,
} from "../queries/index.ts";
import { verify } from "../verification/index.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { CallName, EngineCalls, EngineSettings } from "./protocol.ts";
import type { LedgerView } from "./view.ts";

export type CallContext = {
  readonly layout: LedgerLayout;
  readonly view: LedgerView;
  readonly settings: EngineSettings;
  readonly pool: ConnectionPool;
};

type Handlers = {
  readonly [Name in CallName]: (
    context: CallContext,
    call: { readonly id: number; readonly input: EngineCalls[Name]["input"] },
  ) => Promise<EngineCalls[Name]["answer"]>;
};

/** How often a query is run again because a compaction replaced the files it was reading. */
const ATTEMPTS_MAX = 5;

export const HANDLERS: Handlers = {
  spend: (context, call) =>
    query(context, call.id, (connection, snapshot) => spend(connection, snapshot, call.input)),
  arms: (context, call) =>
    query(context, call.id, (connection, snapshot) => arms(connection, snapshot, call.input)),
  charges: (context, call) =>
    query(context, call.id, (connection, snapshot) => charges(connection, snapshot, call.input)),
  billedUsage: (context, call) =>
    query(context, call.id, (connection, snapshot) =>
      billedUsage(connection, snapshot, call.input),
    ),
  series: (context, call) =>
    query(context, call.id, (connection, snapshot) => series(connection, snapshot, call.input)),
  exchanges: (context, call) =>
    query(context, call.id, (connection, snapshot) => exchanges(connection, snapshot, call.input)),
  prompts: (context, call) =>
    query(context, call.id, (connection, snapshot) => prompts(connection, snapshot, call.input)),
  promptOrigins: (context, call) =>
    query(context, call.id, (connection, snapshot) =>
      promptOrigins(connection, snapshot, call.input),
    ),
  trafficSlices: (context, call) =>
    query(context, call.id, (connection, snapshot) =>
      trafficSlices(connection, snapshot, call.input),
    ),
  traffic: (context, call) =>
    query(context, call.id, (connection, snapshot) => traffic(connection, snapshot, call.input)),
  exchange: (context, call) =>
    query(context, call.id, (connection, snapshot) => exchange(connection, snapshot, call.input)),
  compact: ({ layout, pool }, { id, input }) =>
    pool.use(id, (connection) => compactLedger({ layout, connection, before: input.before })),
  adopt: ({ layout, pool, view }, { id, input }) =>
    pool.use(id, (connection) =>
      adoptExchanges({ layout, connection, spool: input.spool, live: () => view.snapshot() }),
    ),
  export: (context, call) =>
    query(context, call.id, (connection, snapshot) =>
      exportLedger(connection, snapshot, call.input),
    ),
  verify: ({ layout, pool }, { id }) => pool.use(id, (connection) => verify(connection, layout)),
  span: (context, call) => query(context, call.id, async (_, snapshot) => span(snapshot)),
};

/** Runs `work` on a snapshot; again on a newer one when its files were replaced under it. */
export async function query<T>(
  context: CallContext,
  id: number,
  work: (connection: DuckDBConnection, snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const snapshot = await context.view.snapshot();
    try {
      return await context.pool.use(id, (connection) => work(connection, snapshot));
    } catch (error) {
      const now = readManifest(context.layout.manifest).generation;
      if (attempt === ATTEMPTS_MAX || now === snapshot.manifest.generation) throw error;
    } finally {
      snapshot.release();
    }
  }
}
