const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Map([...ALPHABET].map((character, value) => [character.charCodeAt(0), value]));

/** Decodes at most `bytesMax` bytes from the start of base64 text, stopping at what is not base64. */
export function base64Head(text: string, from: number, bytesMax: number): Uint8Array {
  const bytes = new Uint8Array(bytesMax);
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let index = from; index < text.length && length < bytesMax; index += 1) {
    const value = VALUES.get(text.charCodeAt(index));
    if (value === undefined) break;
    bits = ((bits << 6) | value) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[length] = (bits >>> held) & 0xff;
    length += 1;
  }
  return bytes.subarray(0, length);
}
