/**
 * limits: how much a caller may ask for.
 *
 * Answers:   what can be limited; whether a call fits its rates now, and else when; who is next in
 *            line; whether a session has reached its end or goes round in circles.
 * Promises:  pure; time comes in as a value. In any stretch of time no more passes than a full bucket
 *            and what refills meanwhile. In line nobody overtakes another in what holds the other up,
 *            and all leave.
 * Does not:  know keys or policies, refuse a call, or wait.
 * Start at:  settings.ts, then gauge.ts and waiting-line.ts.
 */
export { type ActualUse, type ExpectedUse, type Fit, Gauge, type Taken } from "./gauge.ts";
export { type LoopSigns, loopSigns } from "./loops.ts";
export { RecentCounts } from "./recent-counts.ts";
export {
  NO_USE,
  newSession,
  reachedBefore,
  reachedWith,
  recount,
  type SessionUse,
  type Use,
  type UseBounds,
  useBounds,
} from "./session-use.ts";
export { LIMIT_WORDS, type LimitName, type LimitSettings, limitsNothing } from "./settings.ts";
export { TokenBucket } from "./token-bucket.ts";
export {
  type HeldUp,
  type LineEnd,
  type LineLimits,
  type Waiter,
  WaitingLine,
} from "./waiting-line.ts";
