/**
 * Seals texts that must wait on the disk: AES-256-GCM under a key that only this installation can
 * derive. The id of the call is part of the seal, so that no text can be put in another's place.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { PurserError } from "../../base/index.ts";

export type Seal = {
  readonly close: (text: Uint8Array, id: string) => Buffer;
  /** Errors: `BATCH_SEAL_BROKEN`. */
  readonly open: (sealed: Uint8Array, id: string) => Buffer;
};

const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createSeal(installationSecret: Uint8Array): Seal {
  const key = Buffer.from(hkdfSync("sha256", installationSecret, "", "deferred-calls", KEY_BYTES));
  return {
    close: (text, id) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(id));
      const body = cipher.update(text);
      return Buffer.concat([nonce, body, cipher.final(), cipher.getAuthTag()]);
    },
    open: (sealed, id) => {
      const bytes = Buffer.from(sealed);
      try {
        const nonce = bytes.subarray(0, NONCE_BYTES);
        const decipher = createDecipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(id));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([body, decipher.final()]);
      } catch (cause) {
        const what = `the text of ${id} cannot be opened`;
        throw new PurserError("BATCH_SEAL_BROKEN", { what, cause });
      }
    },
  };
}
