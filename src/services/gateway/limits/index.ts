/**
 * limits: the step of a call between what is known of it and what is reserved for it.
 *
 * Answers:   whether a call may go on, when it may, or why not; what a running call has reached.
 * Promises:  a call that no limit is about costs one look; every call that was counted in is counted out
 *            once; whoever waits does so in order, within bounds of number, bytes and time.
 * Does not:  write the end of a stream that reached its limit (braked-stream.ts does), keep anything
 *            over a restart.
 * Start at:  call-limiter.ts, then rules.ts and session-book.ts.
 */
export { CallLimiter } from "./call-limiter.ts";
export type { CallPass, Reached } from "./call-pass.ts";
export { type LimitEntry, passLimits } from "./pass-limits.ts";
export { endingOf } from "./refusal-of.ts";
