/**
 * exchange: the life of one call, shared by every service that makes or carries calls.
 *
 * Answers:   what the ledger is told when a call opens and when it settles; how far an answer may be
 *            passed on before it is settled.
 * Promises:  the worst case is never below the bill of a bounded call; measured and estimated charges
 *            stand apart; an answer that cannot be read is charged as an estimate, never as nothing.
 * Does not:  move bytes, write the ledger, keep any text of a prompt.
 * Start at:  open-exchange.ts, then answer-meter.ts, then settle-exchange.ts.
 */
export {
  type AnswerFacts,
  type AnswerLimits,
  type AnswerMeter,
  meterAnswer,
  noAnswer,
} from "./answer-meter.ts";
export {
  BatchCreation,
  type BatchCreationContext,
  type BatchCreationQuestion,
  BatchReservations,
  BatchResults,
  type BatchResultsContext,
  type CreationEnd,
  type RecordedExchange,
  type Reservation,
  type ReservationGate,
  type ReservationQuestion,
  type ReserveOutcome,
  type ReserveRefusal,
  type SeenBy,
  settleUnmade,
} from "./batches/index.ts";
export { keyDigest } from "./key-digest.ts";
export { keyNameOf, keySecretOf } from "./key-name.ts";
export {
  type ApiVersion,
  type Opening,
  type OpeningContext,
  openExchange,
  readRequest,
} from "./open-exchange.ts";
export { createPromptTree, type PromptTree } from "./prompt-tree.ts";
export { type Ending, type SettlingContext, settleExchange } from "./settle-exchange.ts";
export { type WorstCaseQuestion, worstCaseOf } from "./worst-case.ts";
