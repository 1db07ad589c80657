/**
 * gateway/deferral: calls that say how long they can wait.
 *
 * Answers:   whether a call is deferred, and how its client gets the answer: by a held connection or
 *            from a place to ask at.
 * Promises:  a client that holds needs no change but one header; a retry finds the call that it made; a
 *            call without a deadline is not touched.
 * Does not:  keep calls or make batches (services/batch, handed in as a desk).
 * Start at:  deferral-of.ts, then defer-call.ts.
 */
export { answerDeferred, deferredIdOf } from "./answer-deferred.ts";
export { type DeferEnd, deferCall } from "./defer-call.ts";
export {
  type Deferral,
  type DeferralDecision,
  deferralOf,
  formatDeferralDecision,
} from "./deferral-of.ts";
export type { DeferralDesk, DeskAccept, DeskWait, OfferedCall } from "./desk.ts";
