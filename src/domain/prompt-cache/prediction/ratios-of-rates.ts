/** A model's cache prices in its own fresh input tokens. */
import type { TokenRates } from "../../catalogue/index.ts";
import type { PriceRatios } from "./rules.ts";

/** `null` where the model is sold without caching. */
export function ratiosOfRates(rates: TokenRates): PriceRatios | null {
  const { cacheRead, cacheWrite5m, cacheWrite1h } = rates;
  if (cacheRead === null || cacheWrite5m === null || cacheWrite1h === null) return null;
  const ratio = (price: bigint): number => Number(price) / Number(rates.input);
  return { read: ratio(cacheRead), write5m: ratio(cacheWrite5m), write1h: ratio(cacheWrite1h) };
}
