/**
 * engine: DuckDB in a process of its own, and the calls that reach it.
 *
 * Answers:   a request of `EngineCalls`, within its time limit.
 * Promises:  a query never holds up the caller's event loop or its pool threads; a query that takes too
 *            long is interrupted; the process ends with the one that started it.
 * Does not:  know what a question means (queries does). This face does not load DuckDB.
 * Start at:  engine-client.ts, then engine-process.ts.
 */
export { type EngineClient, type EngineClientOptions, openEngine } from "./engine-client.ts";
export type { CallName, CompactionAnswer, EngineCalls } from "./protocol.ts";
