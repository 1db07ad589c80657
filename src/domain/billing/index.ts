/**
 * billing: usage in, an exact bill out.
 *
 * Answers:   what a call cost, line by line, and why it has no price when it has none; the most a
 *            call can cost; what a customer is shown.
 * Promises:  whole picodollars; lines sum to the total; every modifier is taken from the response.
 * Does not:  read the wire shape of `usage` (wire/messages does), guess a price, estimate tokens.
 * Start at:  bill.ts for the shapes, compute-bill.ts for the rules.
 */
export { type BillAssumptions, DEFAULT_BILL_ASSUMPTIONS } from "./assumptions.ts";
export type {
  Bill,
  BillItem,
  BillLine,
  BillOutcome,
  FeeBillItem,
  FeeBillLine,
  PriceBasis,
  TokenBillItem,
  TokenBillLine,
  UnpricedReason,
} from "./bill.ts";
export { WEB_SEARCH_FEE } from "./bill-lines.ts";
export { type BillQuestion, computeBill } from "./compute-bill.ts";
export { promptTokensOf } from "./samplings.ts";
export {
  compileShowback,
  type Showback,
  type ShowbackRule,
  type ShowbackSubject,
} from "./showback.ts";
export { type TokensToPrice, tokenAmount } from "./token-amount.ts";
export type { TokenUsage, Usage, UsageIteration } from "./usage.ts";
export {
  type EstimateQuestion,
  estimatedAmount,
  type WorstCaseOutcome,
  type WorstCaseQuestion,
  worstCaseAmount,
} from "./worst-case.ts";
