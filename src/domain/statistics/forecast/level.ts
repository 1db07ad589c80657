/**
 * Ways to tell the present level of a series and where it goes, each a rule of its own. Which of them
 * suits a series is decided by how well each would have foretold its past (backtest.ts).
 */
import {
  type Calendar,
  medianSlope,
  runningSums,
  type SeasonalProfile,
  type Series,
  sumBetween,
} from "../series/index.ts";

/** The level after so many slots, in units of a slot whose seasonal factor is one. */
export type LevelPath = (slotsAhead: number) => number;

export type LevelRule = {
  readonly name: string;
  readonly path: (days: SeasonlessDays, calendar: Calendar) => LevelPath;
};

/** Days counted back from the end of the series, the newest first; each begins and ends at its hour. */
export type SeasonlessDays = {
  readonly sums: readonly number[];
  /** The seasonal factors of each day's slots, added up. */
  readonly weights: readonly number[];
};

export function seasonlessDays(
  series: Series,
  profile: SeasonalProfile,
  { slotsPerDay }: Calendar,
): SeasonlessDays {
  const { firstSlot, values } = series;
  const spent = runningSums(values);
  const factors = runningSums(values.map((_, index) => profile.factor(firstSlot + index)));
  const ends: number[] = [];
  for (let end = values.length; end > 0; end -= slotsPerDay) ends.push(end);
  const between = (sums: Float64Array) => (end: number) =>
    sumBetween(sums, Math.max(0, end - slotsPerDay), end);
  return { sums: ends.map(between(spent)), weights: ends.map(between(factors)) };
}

/** The mean of the last days; the older half of a long window says little about now. */
function meanOfDays(count: number): LevelRule {
  return {
    name: `mean of the last ${count} days`,
    path: (days) => {
      const level = weightedLevel(days, (age) => (age < count ? 1 : 0));
      return () => level;
    },
  };
}

function fading(halfLifeDays: number): LevelRule {
  return {
    name: `mean that fades by half in ${halfLifeDays} days`,
    path: (days) => {
      const level = weightedLevel(days, (age) => 0.5 ** (age / halfLifeDays));
      return () => level;
    },
  };
}

const TREND_DAYS = 28;
const LEVEL_DAYS = 7;
/** Growth slows: each day of a forecast grows by this share of the day before it. */
const DAMPING = 0.97;
/** No trend is carried on beyond this factor, up or down. */
const GROWTH_MAX = 4;

/** Growth by a constant factor a day, told by the median slope of four weeks; it slows. */
const GROWING: LevelRule = {
  name: "level of the last week with its trend, which slows",
  path: (days, { slotsPerDay }) => {
    const level = weightedLevel(days, (age) => (age < LEVEL_DAYS ? 1 : 0));
    const slope = dailyGrowth(days);
    const middleAge = (Math.min(LEVEL_DAYS, days.sums.length) - 1) / 2;
    return (slotsAhead) => {
      const ahead = (slotsAhead + 0.5) / slotsPerDay;
      const grown = middleAge + 0.5 + (1 - DAMPING ** ahead) / -Math.log(DAMPING);
      const limit = Math.log(GROWTH_MAX);
      return level * Math.exp(Math.max(-limit, Math.min(limit, slope * grown)));
    };
  },
};

export const LEVEL_RULES: readonly LevelRule[] = [
  fading(1.5),
  fading(5),
  meanOfDays(7),
  meanOfDays(28),
  GROWING,
];

/** Sums over sums: a quiet day with hardly any weight says hardly anything. */
function weightedLevel(days: SeasonlessDays, weightOf: (age: number) => number): number {
  let sum = 0;
  let weight = 0;
  days.sums.forEach((value, age) => {
    const own = weightOf(age);
    sum += own * value;
    weight += own * (days.weights[age] ?? 0);
  });
  return weight <= 0 ? 0 : sum / weight;
}

/** Logarithm of the growth in a day. Days without spend say nothing of growth and are left out. */
function dailyGrowth({ sums, weights }: SeasonlessDays): number {
  const points = sums.slice(0, TREND_DAYS).flatMap((sum, age): (readonly [number, number])[] => {
    const weight = weights[age] ?? 0;
    return sum <= 0 || weight <= 0 ? [] : [[-age, Math.log(sum / weight)]];
  });
  return points.length < 2 * LEVEL_DAYS ? 0 : medianSlope(points);
}
