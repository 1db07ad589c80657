/** How a credential is known: by a keyed fingerprint of it, the same wherever it is seen. */
import { hash } from "node:crypto";

const FINGERPRINT_HEX_LENGTH = 16;

/** What keys the fingerprints of credentials, from the secret of the installation. */
export function keySecretOf(installationSecret: Uint8Array): string {
  return hash("sha256", Buffer.concat([Buffer.from("api-key:"), installationSecret]));
}

/** One call into the library; a keyed hash object costs as much as the rest of the attribution. */
export function keyNameOf(credential: string, keySecret: string): string {
  const digest = hash("sha256", `${keySecret}:${credential}`, "hex");
  return `key_${digest.slice(0, FINGERPRINT_HEX_LENGTH)}`;
}
