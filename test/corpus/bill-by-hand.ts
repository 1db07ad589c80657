/**
 * A second, independent reckoning of a bill: its own price table, in micro-dollars per million tokens,
 * and plain multiplication. List price, standard speed; enough for everything that was recorded.
 */
import { type PlainUsage, plainUsage } from "./usage-by-hand.ts";

/** Input, 5-minute write, 1-hour write, read, output. */
type Prices = readonly [number, number, number, number, number];

const M = 1_000_000;
const OPUS_OLD: Prices = [15 * M, 18.75 * M, 30 * M, 1.5 * M, 75 * M];
const OPUS: Prices = [5 * M, 6.25 * M, 10 * M, 0.5 * M, 25 * M];
const SONNET: Prices = [3 * M, 3.75 * M, 6 * M, 0.3 * M, 15 * M];

/** The first pattern that fits the id decides. */
const PRICES: readonly (readonly [RegExp, Prices])[] = [
  [/fable-5$/, [10 * M, 12.5 * M, 20 * M, 1 * M, 50 * M]],
  [/opus-(5|4-[5678])|4\.[5678]-opus/, OPUS],
  [/opus/, OPUS_OLD],
  [/sonnet-5(?!-)/, [2 * M, 2.5 * M, 4 * M, 0.2 * M, 10 * M]],
  [/sonnet/, SONNET],
  [/haiku-4|4\.5-haiku/, [1 * M, 1.25 * M, 2 * M, 0.1 * M, 5 * M]],
  [/3[-.]5-haiku/, [0.8 * M, 1 * M, 1.6 * M, 0.08 * M, 4 * M]],
  [/3-haiku/, [0.25 * M, 0.3 * M, 0.5 * M, 0.03 * M, 1.25 * M]],
  [/claude-2/, [8 * M, Number.NaN, Number.NaN, Number.NaN, 24 * M]],
];

/** Whole picodollars; `null` where no price is in the table. */
export function billByHand(usage: PlainUsage): number | null {
  const samplings = usage.iterations.length === 0 ? [usage] : iterationsBilled(usage);
  let total = usage.searches * 10_000_000_000;
  for (const sampling of samplings) {
    const prices = PRICES.find(([pattern]) => pattern.test(sampling.model ?? ""))?.[1];
    if (prices === undefined) return null;
    const { input, write5m, write1h, read, output } = sampling;
    [input, write5m, write1h, read, output].forEach((tokens, index) => {
      if (tokens > 0) total += tokens * (prices[index] ?? Number.NaN);
    });
  }
  return total;
}

function iterationsBilled(usage: PlainUsage): readonly PlainUsage[] {
  const chain = usage.iterations.some((entry) => entry.type === "fallback_message");
  return usage.iterations
    .filter((entry) => !chain || Number(entry.output_tokens) > 0)
    .map((entry) => plainUsage((entry.model as string | undefined) ?? usage.model, entry));
}
