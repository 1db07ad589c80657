/**
 * A virtual key: `purser_`, 256 random bits in 52 characters, and a checksum of them in 7. The prefix
 * is there for people and for scanners of leaked secrets; the checksum tells a key that was cut off or
 * mistyped without a look into any list.
 */
import { assert } from "../../base/index.ts";

export const KEY_PREFIX = "purser_";
export const KEY_RANDOM_BYTES = 32;
/** How much of a key's end may be shown: part of its checksum, so it gives little away. */
export const KEY_HINT_CHARACTERS = 4;

/** Crockford's base 32 in lower case: no letter that looks like another. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const SECRET_CHARACTERS = 52;
const CHECKSUM_CHARACTERS = 7;
const SHAPE = /^purser_[0-9a-hjkmnp-tv-z]{59}$/;

export function formatVirtualKey(random: Uint8Array): string {
  assert(random.length === KEY_RANDOM_BYTES, "a key has 32 random bytes");
  let value = 0n;
  for (const byte of random) value = value * 256n + BigInt(byte);
  const secret = base32(value, SECRET_CHARACTERS);
  return `${KEY_PREFIX}${secret}${checksumOf(secret)}`;
}

/** Whether a text can be a key at all. Says nothing of whether there is such a key. */
export function isWellFormedKey(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const secret = text.slice(KEY_PREFIX.length, KEY_PREFIX.length + SECRET_CHARACTERS);
  return text.endsWith(checksumOf(secret));
}

function checksumOf(secret: string): string {
  return base32(BigInt(crc32(secret)), CHECKSUM_CHARACTERS);
}

function base32(value: bigint, characters: number): string {
  let text = "";
  let rest = value;
  for (let index = 0; index < characters; index += 1) {
    text = (ALPHABET[Number(rest & 31n)] ?? "0") + text;
    rest >>= 5n;
  }
  return text;
}

/** CRC-32 of ASCII text (ISO-HDLC, as in zip and PNG): finds every slip of one or two letters. */
function crc32(text: string): number {
  let crc = 0xffff_ffff;
  for (let index = 0; index < text.length; index += 1) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
