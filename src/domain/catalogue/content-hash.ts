const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/**
 * FNV-1a over UTF-16 units, 64 bits, as 16 hex characters. It tells two catalogues apart; it is no
 * protection against anyone who wants them to look alike.
 */
export function contentHash(text: string): string {
  let hash = OFFSET_BASIS;
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * PRIME);
  }
  return hash.toString(16).padStart(16, "0");
}
