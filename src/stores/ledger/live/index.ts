/**
 * live: the journal's entries since the last compaction, put together to exchanges in memory.
 *
 * Answers:   which exchanges are newer than the Parquet parts, or change one in them.
 * Promises:  entries are applied in the order they were written, each once.
 * Does not:  read files (following does), query. Loaded in the engine's process only: its rows are DuckDB's.
 * Start at:  live-exchanges.ts.
 */
export { type LiveExchange, LiveExchanges, type RowChange } from "./live-exchanges.ts";
