import { existsSync } from "node:fs";
import { join } from "node:path";
import { Kysely, SqliteDialect } from "kysely";
import { PurserError } from "../../base/index.ts";
import type { StateStore } from "../contracts/index.ts";
import { prepareDataDirectory } from "../data-directory/index.ts";
import { openAlertStore } from "./alerts/index.ts";
import { openBatchJobStore } from "./batch-jobs/index.ts";
import { openBatchStore } from "./batches/index.ts";
import { openBudgetStore } from "./budgets/index.ts";
import type { StateDatabase } from "./database.ts";
import { openDeferredStore } from "./deferred/index.ts";
import { countUp, readRevision, type StateEngine } from "./engine.ts";
import { openKeyStore } from "./keys/index.ts";
import { MIGRATIONS, migrate } from "./migrations/index.ts";
import { stateFailure } from "./sqlite/failure.ts";
import { openDatabase } from "./sqlite/open-database.ts";
import { untilFree } from "./sqlite/until-free.ts";
import { StateWatchers } from "./watchers.ts";

export type OpenStateStoreOptions = {
  /** The data directory. */
  readonly directory: string;
  /** Whether the store, and the directory, are made when there are none. */
  readonly create: boolean;
};

const FILE = "state.sqlite";

/**
 * Any number of processes may have it open. The directory's lock is not needed.
 *
 * Errors: `STATE_NOT_FOUND` without `create`, `STATE_VERSION_NEWER`, `STATE_DAMAGED`,
 * `STATE_FORBIDDEN`, `STATE_BUSY`, `STATE_UNWRITABLE`; `LEDGER_FORBIDDEN` for the directory itself.
 */
export async function openStateStore(options: OpenStateStoreOptions): Promise<StateStore> {
  const path = join(options.directory, FILE);
  if (options.create) prepareDataDirectory(options.directory);
  else if (!existsSync(path)) {
    throw new PurserError("STATE_NOT_FOUND", { what: "there is no state store", where: path });
  }
  const guarded = <Value>(work: () => Promise<Value>): Promise<Value> =>
    untilFree(() =>
      work().catch((error: unknown) => {
        throw stateFailure(error, path);
      }),
    );
  const database = await guarded(() => openMigrated(path));
  const watchers = new StateWatchers((topic) => guarded(() => readRevision(database, topic)));
  const engine: StateEngine = {
    read: (work) => guarded(() => work(database)),
    write: async (topic, work) => {
      const value = await guarded(() =>
        database.transaction().execute(async (transaction) => {
          const result = await work(transaction);
          await countUp(transaction, topic);
          return result;
        }),
      );
      await watchers.look(topic);
      return value;
    },
  };
  let closing: Promise<void> | null = null;
  return {
    keys: openKeyStore(engine),
    batches: openBatchStore(engine),
    budgets: openBudgetStore(engine),
    deferred: openDeferredStore(engine),
    alerts: openAlertStore(engine),
    batchJobs: openBatchJobStore(engine),
    watch: (topic, watcher) => watchers.add(topic, watcher),
    close: () => {
      watchers.close();
      closing ??= database.destroy();
      return closing;
    },
  };
}

async function openMigrated(path: string): Promise<Kysely<StateDatabase>> {
  const dialect = new SqliteDialect({ database: openDatabase(path) });
  const database = new Kysely<unknown>({ dialect });
  try {
    await migrate(database, MIGRATIONS, path);
    return database.withTables<StateDatabase>();
  } catch (error) {
    await database.destroy();
    throw error;
  }
}
