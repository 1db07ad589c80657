/**
 * budgets: definitions of budgets in the state store.
 *
 * Answers:   which budgets were made by command.
 * Promises:  a name is used once; a budget is kept as it was written.
 * Does not:  read what a budget means (domain/budgets), count anything (the gateway and the ledger).
 * Start at:  budget-store.ts.
 */
export { openBudgetStore } from "./budget-store.ts";
