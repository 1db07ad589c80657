/** The exact cost of whole tokens at given rates, without the lines of a bill. */
import { type PicoUsd, picoUsd } from "../../base/index.ts";
import type { TokenRates } from "../catalogue/index.ts";

export type TokensToPrice = {
  readonly input: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly read: number;
  readonly output: number;
};

/** `null` when a class with tokens in it is not sold. */
export function tokenAmount(tokens: TokensToPrice, rates: TokenRates): PicoUsd | null {
  const { cacheWrite5m, cacheWrite1h, cacheRead } = rates;
  let total = BigInt(tokens.input) * rates.input + BigInt(tokens.output) * rates.output;
  if (tokens.write5m > 0) {
    if (cacheWrite5m === null) return null;
    total += BigInt(tokens.write5m) * cacheWrite5m;
  }
  if (tokens.write1h > 0) {
    if (cacheWrite1h === null) return null;
    total += BigInt(tokens.write1h) * cacheWrite1h;
  }
  if (tokens.read > 0) {
    if (cacheRead === null) return null;
    total += BigInt(tokens.read) * cacheRead;
  }
  return picoUsd(total);
}
