/**
 * simulator/messages: the Messages call and its token count.
 *
 * Answers:   `POST /v1/messages`, whole or streamed, and `POST /v1/messages/count_tokens`.
 * Promises:  what is reported is what is billed; a fault never bills; a client that leaves is billed
 *            by a named assumption.
 * Does not:  keep batches: they plan their items with what stands here.
 * Start at:  handle-messages.ts.
 */

export { type AnswerPlan, planAnswer } from "./answer-plan.ts";
export { completeBill } from "./bill-ending.ts";
export { FINGERPRINTS_MAX, type Fingerprint } from "./diagnose.ts";
export { handleCanned } from "./handle-canned.ts";
export { handleCountTokens } from "./handle-count-tokens.ts";
export { handleMessages, orderedFailure } from "./handle-messages.ts";
export { checkCall, NOT_AN_OBJECT, NOT_JSON, parseBody, TOO_LARGE } from "./prepare.ts";
