/**
 * state/alerts: alerts and what is still to be sent of them, as rows.
 *
 * Answers:   see the contract.
 * Promises:  a delivery is leased to one at a time; the queue is bounded.
 * Does not:  send.
 * Start at:  alert-store.ts.
 */
export { openAlertStore } from "./alert-store.ts";
