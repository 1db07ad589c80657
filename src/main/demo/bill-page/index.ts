/**
 * bill-page: the demo's bill as text.
 *
 * Answers:   what the day cost, by endpoint, model, user and hour, and which call types weigh most.
 * Promises:  measured and estimated stand apart; the rows of a table add up to their sum as shown.
 * Does not:  read the ledger or know where the figures come from.
 * Start at:  render.ts.
 */
export type { DayBill, Slice } from "./day-bill.ts";
export { renderBill } from "./render.ts";
