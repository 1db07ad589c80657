/**
 * deferred: calls that wait for a batch, in the state store.
 *
 * Answers:   which calls wait, which are in a batch, what their answer was.
 * Promises:  a state only goes forward, but for what was in no batch after all; the first answer
 *            stands; a call in real time is begun at most once.
 * Does not:  read a request or an answer: both are sealed.
 * Start at:  deferred-store.ts.
 */
export { openDeferredStore } from "./deferred-store.ts";
