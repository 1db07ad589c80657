/**
 * keys: making, showing and ending virtual keys.
 *
 * Answers:   the five operations `purser keys …`.
 * Promises:  a secret is in the output of the operation that makes it, and in no other.
 * Does not:  check a caller's key (services/gateway does).
 * Start at:  keys-create.ts.
 */
export { keysCreate } from "./keys-create.ts";
export { keysList } from "./keys-list.ts";
export { keysRevoke } from "./keys-revoke.ts";
export { keysRotate } from "./keys-rotate.ts";
export { keysShow } from "./keys-show.ts";
