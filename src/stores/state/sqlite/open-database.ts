/** One SQLite file as Kysely sees it. */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { SqliteDatabase, SqliteStatement } from "kysely";
import { assert } from "../../../base/index.ts";

const STATEMENTS_MAX = 200;

/** Opens or makes the file: readable by its owner alone, and so are the files beside it. */
export function openDatabase(path: string): SqliteDatabase {
  closeSync(openSync(path, "a", 0o600));
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on");
  } catch (error) {
    database.close();
    throw error;
  }
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare: (text) => {
      const known = statements.get(text);
      if (known !== undefined) return known;
      const made = toStatement(database.prepare(textOf(text)));
      if (statements.size < STATEMENTS_MAX) statements.set(text, made);
      return made;
    },
  };
}

/**
 * A transaction takes the lock at its beginning, where it may be tried again. One that begins by
 * reading would fail at its first write when another process wrote in between.
 */
function textOf(text: string): string {
  return text === "begin" ? "begin immediate" : text;
}

function toStatement(statement: StatementSync): SqliteStatement {
  statement.setReadBigInts(true);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(toInput)),
    run: (parameters) => statement.run(...parameters.map(toInput)),
    iterate: (parameters) => statement.iterate(...parameters.map(toInput)),
  };
}

/** An object would be taken for named parameters and stored as nothing, without an error. */
function toInput(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (value instanceof Uint8Array) return value;
  assert(
    typeof value === "string" || typeof value === "bigint" || typeof value === "number",
    "a value for SQLite is a text, a number, bytes or nothing",
  );
  return value;
}
