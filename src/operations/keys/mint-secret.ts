import type { FillRandom, Instant } from "../../base/index.ts";
import {
  formatVirtualKey,
  KEY_HINT_CHARACTERS,
  KEY_RANDOM_BYTES,
} from "../../domain/access/index.ts";
import { keyDigest } from "../../services/exchange/index.ts";
import type { KeySecret } from "../../stores/contracts/index.ts";

/** A new key's text, for its owner's eyes, and what is kept of it. */
export function mintSecret(
  fillRandom: FillRandom,
  at: Instant,
): { readonly text: string; readonly secret: KeySecret } {
  const random = new Uint8Array(KEY_RANDOM_BYTES);
  fillRandom(random);
  const text = formatVirtualKey(random);
  const digest = keyDigest(text).toString("hex");
  const hint = text.slice(-KEY_HINT_CHARACTERS);
  return { text, secret: { digest, hint, createdAt: at, endsAt: null } };
}
