/** How the secret of a virtual key is kept: as what it cannot be found back from. */
import { hash } from "node:crypto";

/**
 * SHA-256, once and without salt. A key holds 256 random bits: there is nothing to guess, so a slow
 * hash would only slow every call. A key of the installation would bind the store to one machine.
 */
export function keyDigest(key: string): Buffer {
  return hash("sha256", key, "buffer");
}
