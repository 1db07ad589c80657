/**
 * simulator/faults: what goes wrong, when, and how the API says it.
 *
 * Answers:   which fault a call meets; the status, type and message of every error answer.
 * Promises:  seeded: the same calls in the same order meet the same faults.
 * Does not:  write to a socket.
 * Start at:  fault.ts.
 */
export {
  type ApiFailure,
  errorBody,
  failureOf,
  invalidRequest,
  notFound,
  rateLimited,
} from "./api-failure.ts";
export type { Fault, FaultKind } from "./fault.ts";
export { FAULT_RULES_MAX, type FaultRule, FaultRules } from "./fault-rules.ts";
