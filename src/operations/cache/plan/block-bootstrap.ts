/** An interval for a monthly sum, from blocks of traffic that are drawn again and again. */
import { DAY_MS, type Random } from "../../../base/index.ts";

export const DRAWS = 1_000;
/** With fewer days than this, sessions are the blocks. */
const DAYS_MIN = 8;
const TAILS = 0.025;

export type BlockValue = {
  readonly atMs: number;
  readonly session: string;
  readonly value: number;
};

export type MonthlyEstimate = {
  readonly likely: number;
  readonly low: number;
  readonly high: number;
  readonly blocks: number;
  readonly by: "day" | "session";
};

/** `scale` takes the sum of the window to a month. */
export function bootstrapMonthly(
  values: readonly BlockValue[],
  scale: number,
  random: Random,
): MonthlyEstimate {
  const days = sumBy(values, ({ atMs }) => String(Math.floor(atMs / DAY_MS)));
  const by = days.length >= DAYS_MIN ? "day" : "session";
  const sums = by === "day" ? days : sumBy(values, ({ session }) => session);
  const likely = sums.reduce((all, value) => all + value, 0) * scale;
  const draws = Array.from({ length: DRAWS }, () => {
    let total = 0;
    for (let count = 0; count < sums.length; count += 1) {
      total += sums[Math.floor(random.next() * sums.length)] ?? 0;
    }
    return total * scale;
  }).sort((a, b) => a - b);
  const at = (share: number) => draws[Math.round(share * (DRAWS - 1))] ?? likely;
  return { likely, low: at(TAILS), high: at(1 - TAILS), blocks: sums.length, by };
}

function sumBy(
  values: readonly BlockValue[],
  keyOf: (value: BlockValue) => string,
): readonly number[] {
  const sums = new Map<string, number>();
  for (const value of values) {
    const key = keyOf(value);
    sums.set(key, (sums.get(key) ?? 0) + value.value);
  }
  return [...sums.values()];
}
