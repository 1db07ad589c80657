/** DuckDB in this process: in memory, confined to the ledger's own folder. */
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";

const MEMORY_LIMIT = "1GB";
const SPILL_LIMIT = "20GB";
const THREADS = 2;

export type DatabaseFolders = {
  /** The only folders that SQL may touch; relative to the working directory, or absolute. */
  readonly allowed: readonly string[];
  /** Where large sorts spill to. */
  readonly spill: string;
};

/**
 * The confinement goes in as statements: given at creation it is refused or not enforced. The working
 * directory is the ledger's, so that no character of the user's own path is taken for a pattern.
 */
export async function openDatabase(folders: DatabaseFolders): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const allowed = [...folders.allowed, `${folders.spill}/`].map(quoted).join(", ");
  await connection.run(`set memory_limit = '${MEMORY_LIMIT}'`);
  await connection.run(`set threads = ${THREADS}`);
  await connection.run("set preserve_insertion_order = false");
  // The operating system caches files already, and a damaged file must be seen when it is mended.
  await connection.run("set enable_external_file_cache = false");
  await connection.run(`set temp_directory = ${quoted(folders.spill)}`);
  await connection.run(`set max_temp_directory_size = '${SPILL_LIMIT}'`);
  await connection.run(`set allowed_directories = [${allowed}]`);
  await connection.run("set enable_external_access = false");
  await connection.run("set lock_configuration = true");
  connection.closeSync();
  return instance;
}

/** A text as an SQL literal. For paths of our own; values of a question are bound. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A bound value: the only way in which a question's values reach SQL. */
export type Bound = string | bigint | null;

/** Rows as lists, in the order of the columns; integers as bigint or number, never through doubles. */
export async function selectRows(
  connection: DuckDBConnection,
  sql: string,
  bound: readonly Bound[],
): Promise<readonly (readonly DuckDBValue[])[]> {
  const reader = await connection.runAndReadAll(sql, [...bound]);
  return reader.getRows();
}

/** Rows as objects, 64-bit integers as text, lists and structs as plain values. */
export async function selectObjects(
  connection: DuckDBConnection,
  sql: string,
  bound: readonly Bound[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const reader = await connection.runAndReadAll(sql, [...bound]);
  return reader.getRowObjectsJson();
}
