/**
 * operations/budgets: budgets made, shown, changed, removed and explained.
 *
 * Answers:   what is spent, reserved and left of each budget; why a call was or would be stopped.
 * Promises:  figures of the running gateway where it is this process, else of the ledger, and says which.
 * Does not:  reserve anything; change budgets of purser.yaml.
 * Start at:  budget-create.ts, then current-book.ts.
 */
export { budgetCreate } from "./budget-create.ts";
export { budgetEdit } from "./budget-edit.ts";
export { budgetExplain } from "./budget-explain.ts";
export { budgetList } from "./budget-list.ts";
export { budgetRemove } from "./budget-remove.ts";
export { budgetShow } from "./budget-show.ts";
