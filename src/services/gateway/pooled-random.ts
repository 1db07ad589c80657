import type { FillRandom } from "../../base/index.ts";

/** Enough for some hundred ids: asking the system for each costs more than the id itself. */
const POOL_BYTES = 8_192;

/** Draws from the source in large pieces and hands them out in small ones, none twice. */
export function pooledRandom(fillRandom: FillRandom): FillRandom {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (bytes) => {
    if (bytes.length > POOL_BYTES) {
      fillRandom(bytes);
      return;
    }
    if (used + bytes.length > POOL_BYTES) {
      fillRandom(pool);
      used = 0;
    }
    bytes.set(pool.subarray(used, used + bytes.length));
    used += bytes.length;
  };
}
