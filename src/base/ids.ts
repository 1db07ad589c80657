/**
 * Ids of our own: a prefix and 26 characters that sort by time (48 bits of milliseconds, 80 random
 * bits, Crockford base 32), so that a journal in order is nearly in order of id as well.
 */
import type { Brand } from "./brand.ts";
import type { Instant } from "./time.ts";

/** One attempt upstream. */
export type ExchangeId = Brand<string, "ExchangeId">;
/** One call of the client, with all its attempts. */
export type CallId = Brand<string, "CallId">;
/** Fills a buffer with random bytes, as `crypto.getRandomValues` does. */
export type FillRandom = (bytes: Uint8Array) => void;

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function newExchangeId(now: Instant, fillRandom: FillRandom): ExchangeId {
  return `ex_${sortableId(now, fillRandom)}` as ExchangeId;
}

export function newCallId(now: Instant, fillRandom: FillRandom): CallId {
  return `call_${sortableId(now, fillRandom)}` as CallId;
}

/** A virtual key's name for machines; not its secret. */
export function newKeyId(now: Instant, fillRandom: FillRandom): string {
  return `vk_${sortableId(now, fillRandom)}`;
}

/** Two characters for every ten bits: an id is put together from thirteen texts rather than 26. */
const PAIRS = Array.from(
  { length: 1024 },
  (_, value) => `${ALPHABET[value >> 5] ?? "0"}${ALPHABET[value & 31] ?? "0"}`,
);
const RANDOM_BYTES = 16;
const random = new Uint8Array(RANDOM_BYTES);

function sortableId(now: Instant, fillRandom: FillRandom): string {
  let text = "";
  let milliseconds = Math.max(0, Math.trunc(now));
  for (let index = 0; index < 10; index += 2) {
    text = (PAIRS[milliseconds % 1024] ?? "00") + text;
    milliseconds = Math.floor(milliseconds / 1024);
  }
  fillRandom(random);
  for (let index = 0; index < RANDOM_BYTES; index += 2) {
    text += PAIRS[(((random[index] ?? 0) & 31) << 5) | ((random[index + 1] ?? 0) & 31)] ?? "00";
  }
  return text;
}
