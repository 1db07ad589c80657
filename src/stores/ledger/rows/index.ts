/**
 * rows: an exchange as a row of a table, and back.
 *
 * Answers:   which columns a row has, which of them are sums, and how a changed exchange replaces itself.
 * Promises:  a row that replaces another comes with that other's negative, so that sums stay exact
 *            without touching what was written. Lines and sums in a row agree.
 * Does not:  read files or run queries. Loaded in the engine's process only.
 * Start at:  columns.ts.
 */
export { type AppendedRow, appendBlocks, appendRows } from "./append-rows.ts";
export {
  BLOCK_COLUMNS,
  COLUMNS,
  type Column,
  createTableSql,
  DETAIL_COLUMNS,
  MEASURES,
  type Measure,
} from "./columns.ts";
export { exchangeFromRow } from "./exchange-from-row.ts";
export {
  type ExchangeState,
  newestSettled,
  orphanState,
  stateFromExchange,
  toExchange,
} from "./exchange-state.ts";
export { blockRowsOf, type RowValues, rowOf } from "./row-of.ts";
