/** When a cache write has paid for itself, from the price ratios alone. */
import type { PriceRatios } from "../prediction/rules.ts";
import type { Lifetime } from "../workload/workload.ts";

/**
 * The number of requests of one prefix from which on writing it once and reading it after is cheaper
 * than sending it fresh each time: `w + (n - 1) r < n`. `null` when reading is no cheaper than fresh.
 */
export function breakEvenRequests(ratios: PriceRatios, lifetime: Lifetime): number | null {
  const [write, read] = [millionths(writeRatio(ratios, lifetime)), millionths(ratios.read)];
  if (read >= MILLION) return null;
  return Math.max(1, Math.floor((write - read) / (MILLION - read)) + 1);
}

const MILLION = 1_000_000;

/** Whole numbers, so that a tie is a tie. */
function millionths(ratio: number): number {
  return Math.round(ratio * MILLION);
}

/** The chance of a read from which on a write pays: the rest of the time it is written again. */
export function breakEvenChance(ratios: PriceRatios, lifetime: Lifetime): number {
  const write = writeRatio(ratios, lifetime);
  return (write - 1) / (write - ratios.read);
}

/** What a token costs on average when it is read with `chance` and written otherwise. */
export function cachedCost(ratios: PriceRatios, lifetime: Lifetime, chance: number): number {
  return chance * ratios.read + (1 - chance) * writeRatio(ratios, lifetime);
}

export function writeRatio(ratios: PriceRatios, lifetime: Lifetime): number {
  return lifetime === "1h" ? ratios.write1h : ratios.write5m;
}
