/**
 * gateway/budgets: the step "reserve" of a call.
 *
 * Answers:   whether a call may be forwarded, in which form, and what the client is told of its budgets;
 *            what is spent, reserved and left.
 * Promises:  the worst case is reserved before a call is forwarded, in all of its budgets or in none; it
 *            is settled once, however the call ends; what nobody knows stays charged at its worst case.
 *            Balances are those of the ledger after any restart. A call under no budget costs a look-up.
 * Does not:  keep definitions (stores/state) or records (stores/ledger); write the answer.
 * Start at:  admit.ts, then keeper.ts and degrade.ts.
 */
export type { Admission, AdmittedCall, Arrival, CallHold } from "./admit.ts";
export {
  BudgetKeeper,
  type BudgetKeeperOptions,
  type BudgetSettings,
  DEFAULT_BUDGET_SETTINGS,
} from "./keeper.ts";
export { type ChargesSource, loadBalances } from "./load-balances.ts";
export { recordRefusal } from "./record-refusal.ts";
