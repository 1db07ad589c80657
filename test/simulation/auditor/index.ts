/**
 * auditor: the judge of the ledger and of budgets.
 *
 * Answers:   do the clients, the upstream and the ledger agree on what was said and what it cost; was a
 *            budget ever passed, or a call refused that fitted.
 * Promises:  its own price table and its own reading of exports; imports nothing of what it judges.
 * Does not:  start, stop or drive anything.
 * Start at:  audit.ts, budget-audit.ts.
 */
export {
  type AuditedRecords,
  audit,
  type Finding,
  type FindingCode,
  type LedgerRow,
  type SeenResponse,
  type ServedResponse,
} from "./audit.ts";
export {
  type AuditedBudget,
  auditBudgets,
  type BilledAttempt,
  type BudgetFinding,
  type BudgetVerdict,
  type JournalEvent,
} from "./budget-audit.ts";
export { auditedCost, type WireUsage } from "./price-table.ts";
export { readJournal } from "./read-journal.ts";
