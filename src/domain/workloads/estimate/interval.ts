/**
 * How far a stretch of real traffic may come out from its estimate when it is drawn from the design's own
 * distributions: a prediction interval. Deterministic: the draws are seeded.
 */
import { type PicoUsd, picoUsd, type Random, seededRandom } from "../../../base/index.ts";
import { studentTQuantile } from "../../statistics/index.ts";

export const CONFIDENCE = 0.9;

/** What the spread of a day is made of. */
export type Spread = {
  /** By part of the day: conversations in it, and how far each was from its mean, in dollars. */
  readonly slots: readonly SlotSpread[];
  /** Standard deviation over mean of the number a day. */
  readonly volumeVariation: number;
  readonly dayUsd: number;
};

export type SlotSpread = {
  readonly conversations: number;
  readonly residuals: readonly number[];
  /** Where arrivals are random: what a conversation more or less is, in dollars. Else 0. */
  readonly arrivalUsd: number;
};

export type AmountRange = { readonly low: PicoUsd; readonly high: PicoUsd };

/** Up to so many conversations the sum is drawn; of more it is as good as normal. */
const DRAWN_CONVERSATIONS_MAX = 1_000;
const DRAWS = 2_000;
const SEED = 20_261_125;

/** In dollars below and above the mean of so many days. */
export function deviationsOf(spread: Spread, days: number): { low: number; high: number } {
  const [only] = spread.slots;
  const isFew =
    spread.slots.length === 1 &&
    only !== undefined &&
    only.conversations * days <= DRAWN_CONVERSATIONS_MAX;
  if (isFew && spread.volumeVariation === 0) return drawnDeviations(only, days);
  const variance = spread.slots.reduce((sum, { conversations, residuals, arrivalUsd }) => {
    const count = conversations * days;
    const own = residuals.reduce((all, residual) => all + residual ** 2, 0);
    const each = own / Math.max(1, residuals.length - 1);
    // As many arrive as chance has it (Poisson), and the estimate stands on those that were simulated.
    return sum + count * each * (1 + count / residuals.length) + count * arrivalUsd ** 2;
  }, 0);
  const volume = days * (spread.dayUsd * spread.volumeVariation) ** 2;
  const degrees = spread.slots.reduce((sum, { residuals }) => sum + residuals.length - 1, 0);
  const t = studentTQuantile((1 + CONFIDENCE) / 2, Math.max(1, degrees));
  const reach = t * Math.sqrt(variance + volume);
  return { low: reach, high: reach };
}

/** Sums of as many residuals as there are conversations, drawn from those that were simulated. */
function drawnDeviations(slot: SlotSpread, days: number): { low: number; high: number } {
  const { residuals, arrivalUsd } = slot;
  const mean = slot.conversations * days;
  const random = seededRandom(SEED);
  const inflated = Math.sqrt(1 + mean / residuals.length);
  const sums = Array.from({ length: DRAWS }, () => {
    const count = arrivalUsd === 0 ? Math.round(mean) : drawPoisson(mean, random);
    let sum = 0;
    for (let at = 0; at < count; at += 1) {
      sum += residuals[Math.floor(random.next() * residuals.length)] ?? 0;
    }
    return sum * inflated + (count - mean) * arrivalUsd;
  }).sort((left, right) => left - right);
  const at = (share: number): number => sums[Math.floor(share * (DRAWS - 1))] ?? 0;
  return {
    low: Math.max(0, -at((1 - CONFIDENCE) / 2)),
    high: Math.max(0, at((1 + CONFIDENCE) / 2)),
  };
}

/** How many arrive in a stretch in which `mean` arrive on average. */
function drawPoisson(mean: number, random: Random): number {
  let count = 0;
  for (let waited = -Math.log(1 - random.next()); waited < mean; count += 1) {
    waited -= Math.log(1 - random.next());
  }
  return count;
}

/** Spreads of independent workloads around the sum of their amounts. */
export function rangeAround(
  amount: PicoUsd,
  spreads: readonly Spread[],
  days: number,
): AmountRange | null {
  const deviations = spreads.map((spread) => deviationsOf(spread, days));
  const joined = (pick: (one: { low: number; high: number }) => number): bigint =>
    BigInt(Math.round(Math.sqrt(deviations.reduce((sum, one) => sum + pick(one) ** 2, 0)) * 1e12));
  const low = joined((one) => one.low);
  const high = joined((one) => one.high);
  if (low === 0n && high === 0n) return null;
  return {
    low: picoUsd(amount > low ? amount - low : 0n),
    high: picoUsd(amount + high),
  };
}
