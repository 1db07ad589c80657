/**
 * exchange/batches: a batch in the ledger, where each of its requests is an exchange of its own.
 *
 * Answers:   what the ledger is told when a batch is sent, made or refused, and when a result is seen;
 *            what is set aside in budgets until then.
 * Promises:  every request is on record before the upstream can have the whole batch; a result is
 *            booked once, however often it is seen; half price, and only for what succeeded.
 * Does not:  move bytes, ask for results.
 * Start at:  batch-creation.ts, then batch-results.ts and reservations.ts.
 */
export {
  BatchCreation,
  type BatchCreationContext,
  type BatchCreationQuestion,
  type CreationEnd,
} from "./batch-creation.ts";
export { BatchResults, type BatchResultsContext, type SeenBy } from "./batch-results.ts";
export {
  BatchReservations,
  type RecordedExchange,
  type Reservation,
  type ReservationGate,
  type ReservationQuestion,
  type ReserveOutcome,
  type ReserveRefusal,
} from "./reservations.ts";
export { settleUnmade } from "./settle-items.ts";
