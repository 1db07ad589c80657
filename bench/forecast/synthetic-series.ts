/** Seeded series of hours whose law is known, so that a forecast can be held against the truth. */
import { type Random, seededRandom } from "../../src/base/index.ts";

export type SeriesKind = {
  readonly name: string;
  /** Working hours by day, quiet weekends. */
  readonly seasonal: boolean;
  /** Logarithm of the growth in a day. */
  readonly growth: number;
  /** Deviation of an hour's logarithm, and of the step that the level takes in a day. */
  readonly noise: number;
  readonly wander: number;
  /** Share of the hours without any use. */
  readonly silent: number;
};

const STEADY = { seasonal: false, growth: 0, noise: 0.3, wander: 0, silent: 0 };

export const SERIES_KINDS: readonly SeriesKind[] = [
  { ...STEADY, name: "steady, no season" },
  { ...STEADY, name: "seasonal", seasonal: true },
  { ...STEADY, name: "seasonal, growing 1% a day", seasonal: true, growth: 0.01, wander: 0.02 },
  { ...STEADY, name: "seasonal, level wanders 5% a day", seasonal: true, wander: 0.05 },
  { ...STEADY, name: "sparse: 3 hours in 100", noise: 0.5, silent: 0.97 },
  {
    ...{ name: "heavy tails, seasonal, 30% silent" },
    ...{ seasonal: true, growth: 0, noise: 1.2, wander: 0.02, silent: 0.3 },
  },
];

const MEAN = 10;
const DAY_NOISE = 0.1;

/** The values of so many days. The first slot is taken to begin a week. */
export function makeSeries(kind: SeriesKind, days: number, seed: number): readonly number[] {
  const random = seededRandom(seed);
  const values: number[] = [];
  let level = 0;
  for (let day = 0; day < days; day += 1) {
    level += kind.wander * normal(random) + kind.growth;
    const ofDay = level + DAY_NOISE * normal(random);
    for (let hour = 0; hour < 24; hour += 1) {
      const noise = kind.noise * normal(random) - kind.noise ** 2 / 2;
      const value = MEAN * Math.exp(ofDay + noise) * (kind.seasonal ? seasonOf(day, hour) : 1);
      values.push(random.next() < kind.silent ? 0 : value);
    }
  }
  return values;
}

function seasonOf(day: number, hour: number): number {
  const ofDay = 0.2 + 1.6 * Math.max(0, Math.sin((Math.PI * (hour - 6)) / 14));
  return day % 7 >= 5 ? 0.3 * ofDay : ofDay;
}

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
