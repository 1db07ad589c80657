/**
 * access: who a call comes from, and whether it may come.
 *
 * Answers:   whose key a call carries; what goes upstream in its place; why a call may not pass.
 * Promises:  decides from an immutable copy in memory, swapped whole; compares in constant time; an
 *            unknown, a revoked and an expired key get the same answer; no key is forwarded that is
 *            ours, nor put in a log, an error or the ledger.
 * Does not:  read a body before the key is known, or touch a call that brings its own provider's key.
 * Start at:  admit.ts, then key-ring.ts.
 */

export { type Admission, admit, type Caller, keyInTarget } from "./admit.ts";
export { type AdmittedCall, admitUnread } from "./admit-unread.ts";
export { compileKeyRing, EMPTY_KEY_RING, type KeyGrant, type KeyRing } from "./key-ring.ts";
export { permissionRefusal } from "./permit.ts";
