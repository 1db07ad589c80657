/**
 * simulator/messages: the Messages call and its token count.
 *
 * Answers:   `POST /v1/messages`, whole or streamed, and `POST /v1/messages/count_tokens`.
 * Promises:  what is reported is what is billed; a fault never bills; a client that leaves is billed
 *            by a named assumption.
 * Does not:  batches.
 * Start at:  handle-messages.ts.
 */
export { FINGERPRINTS_MAX, type Fingerprint } from "./diagnose.ts";
export { handleCanned } from "./handle-canned.ts";
export { handleCountTokens } from "./handle-count-tokens.ts";
export { handleMessages } from "./handle-messages.ts";
