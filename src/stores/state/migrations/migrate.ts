import { type Kysely, sql } from "kysely";
import { assert, PurserError } from "../../../base/index.ts";
import type { Migration } from "./migration.ts";

type Migrated = { readonly migrations: { readonly number: bigint; readonly name: string } };

/**
 * Brings a database to the newest of `migrations`. `where` is shown in errors. Whoever comes second
 * waits for the first and finds nothing left to do.
 *
 * Errors: `STATE_VERSION_NEWER`.
 */
export async function migrate(
  database: Kysely<unknown>,
  migrations: readonly Migration[],
  where: string,
): Promise<void> {
  migrations.forEach(({ number }, index) => {
    assert(number === index + 1, `migration ${number} stands at its place`);
  });
  if ((await versionIn(database, where, migrations.length)) === migrations.length) return;
  await database.transaction().execute(async (transaction) => {
    const known = transaction.withTables<Migrated>();
    await known.schema
      .createTable("migrations")
      .ifNotExists()
      .addColumn("number", "bigint", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull())
      .execute();
    const from = await newestOf(known);
    refuseNewer(from, migrations.length, where);
    for (const { number, name, up } of migrations.slice(from)) {
      await up(transaction);
      await known
        .insertInto("migrations")
        .values({ number: BigInt(number), name })
        .execute();
    }
  });
}

/** Read without a lock, so that an open store is opened again while somebody writes. */
async function versionIn(
  database: Kysely<unknown>,
  where: string,
  versionMax: number,
): Promise<number> {
  const tables = await database.introspection.getTables();
  if (!tables.some(({ name }) => name === "migrations")) return 0;
  const version = await newestOf(database.withTables<Migrated>());
  refuseNewer(version, versionMax, where);
  return version;
}

async function newestOf(database: Kysely<Migrated>): Promise<number> {
  const row = await database
    .selectFrom("migrations")
    .select(sql<bigint | null>`max(number)`.as("newest"))
    .executeTakeFirst();
  return Number(row?.newest ?? 0n);
}

function refuseNewer(version: number, versionMax: number, where: string): void {
  if (version <= versionMax) return;
  const what = `the state store has version ${version}, this Purser knows up to ${versionMax}`;
  throw new PurserError("STATE_VERSION_NEWER", { what, where });
}
