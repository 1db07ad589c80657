/**
 * keep-alive: calls of Purser's own that read a prefix again before it expires.
 *
 * Answers:   which prompts are kept for that, and what becomes of each such call.
 * Promises:  only for a virtual key that still holds, under a policy that says so, never in a held-out
 *            unit; every call is an exchange of its own, set aside in budgets and on record before it is
 *            sent; prompts, calls and spend are bounded; bodies are in memory only, and gone at the end.
 * Does not:  say when a prefix is worth it (the planner does), keep an answer.
 * Start at:  keep-alive.ts, then kept-prompts.ts and limits.ts.
 */
export { KeepAlive } from "./keep-alive.ts";
export { DEFAULT_KEEP_ALIVE_LIMITS, type KeepAliveLimits } from "./limits.ts";
