/**
 * access: who may call, and what a virtual key allows.
 *
 * Answers:   what a virtual key looks like; whether a text can be one; what a key allows a call to do.
 * Promises:  pure; randomness and digests come in as values. Most slips of the pen are told from a wrong
 *            key by the text alone.
 * Does not:  remember keys (stores), decide how a refusal is worded (services/gateway).
 * Start at:  key-format.ts, then key-permissions.ts.
 */
export {
  formatVirtualKey,
  isWellFormedKey,
  KEY_HINT_CHARACTERS,
  KEY_PREFIX,
  KEY_RANDOM_BYTES,
} from "./key-format.ts";
export {
  type CallTarget,
  type KeyPermissions,
  type KeyRefusal,
  refusalOf,
} from "./key-permissions.ts";
