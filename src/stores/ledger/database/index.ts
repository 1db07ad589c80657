/**
 * database: DuckDB, confined, and what one query sees of the ledger.
 *
 * Answers:   how SQL is run, and over which files and tables.
 * Promises:  SQL reaches the ledger's own folder and nothing else; values are bound.
 * Does not:  know a question (queries does). Loaded in the engine's process only.
 * Start at:  snapshot.ts.
 */
export {
  type Bound,
  type DatabaseFolders,
  openDatabase,
  quoted,
  selectObjects,
  selectRows,
} from "./database.ts";
export {
  type Bounds,
  type FileKind,
  parquetSource,
  partsWithin,
  type Snapshot,
} from "./snapshot.ts";
