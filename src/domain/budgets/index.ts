/**
 * budgets: may this be spent.
 *
 * Answers:   which budgets a call falls under, what is left of them, and whether its worst case fits; what
 *            a written budget means, and what is wrong with it.
 * Promises:  pure; a reservation is made in all budgets or in none; of a hard budget, spent and reserved
 *            never pass the cap for calls with a bound; windows follow one another without gap or overlap.
 * Does not:  reckon a worst case (domain/billing), read a clock, keep anything (stores), answer a client.
 * Start at:  definition.ts, then book.ts, balance.ts and window.ts.
 */
export {
  type AuthoredBudget,
  type BudgetProblem,
  type BudgetReading,
  readBudget,
} from "./authored.ts";
export type { Balance, Budget } from "./balance.ts";
export {
  BudgetBook,
  type BudgetedCall,
  type LoadedRecord,
  type Overrun,
  type Quote,
  type ReserveOutcome,
  stops,
  Ticket,
} from "./book.ts";
export {
  attributeOf,
  type BudgetAttribute,
  type BudgetDefinition,
  type BudgetMatch,
  type BudgetStep,
  type BudgetSubject,
  type BudgetUnit,
  type BudgetWindow,
  SESSION_IDLE_MS,
} from "./definition.ts";
export { type Mismatch, mismatchOf } from "./matching.ts";
export { type Charge, needIn, type WorstNeed } from "./need.ts";
export { readAttribute, readLimit, readWindow } from "./parts.ts";
export { slotMsOf } from "./rolling.ts";
export { calendarWindow, type WindowSpan } from "./window.ts";
export { formatBudgetAmount, formatBudgetStep, formatBudgetWindow } from "./words.ts";
