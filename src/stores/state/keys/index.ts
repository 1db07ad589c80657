/**
 * keys: virtual keys in the state store.
 *
 * Answers:   which keys there are, with the digests of their secrets.
 * Promises:  a name is used once; a revoked key stays revoked.
 * Does not:  make or check a secret.
 * Start at:  key-store.ts.
 */
export { openKeyStore } from "./key-store.ts";
