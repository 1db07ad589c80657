/**
 * How far a series usually strays above what is expected of it, over windows of several lengths, and
 * the bound that chance alone hardly ever passes. The tail beyond what was seen is carried on by its
 * mean excess, as an exponential one.
 */
import { meanOf, medianOf, quantileOf } from "../series/index.ts";

/** Windows in days: an hour of an hourly series is one slot. */
const WINDOW_DAYS = [1 / 24, 1 / 8, 1 / 4, 1];
/**
 * The chance that the sum of a day passes its bound; of shorter windows, which come up more often, it is
 * less by the square of their length. Together about two false alarms a month among a hundred series.
 */
const CHANCE_OF_DAY = 5e-4;
const TAIL_SHARE = 0.05;
/** No bound is lower than this factor: less is of no interest, however steady a series. */
const FACTOR_MIN = 1.8;
/** Sums that come about by slots used or not must lie so many deviations above. */
const DEVIATIONS_OF_USE = 3.5;
/** An incident is over when every window is below this part of its bound. */
const CALM_SHARE = 0.6;
const OBSERVATIONS_MIN = 24;

export type Judged = {
  /** The window that is furthest beyond its bound; `null` where none is. */
  readonly worst: {
    readonly slots: number;
    readonly actual: number;
    readonly expected: number;
    readonly factorBound: number;
  } | null;
  readonly isCalm: boolean;
};

type Window = { readonly slots: number; readonly seen: number[]; bound: number };

export class ExcessHistory {
  readonly #windows: readonly Window[];
  readonly #slotsPerDay: number;
  readonly #memory: number;
  #usedSum = 0;
  #usedSquares = 0;
  #used = 0;
  #slots = 0;
  #from = 0;

  constructor(slotsPerDay: number, memoryDays: number) {
    this.#slotsPerDay = slotsPerDay;
    this.#memory = memoryDays * slotsPerDay;
    const lengths = WINDOW_DAYS.map((days) => Math.max(1, Math.round(days * slotsPerDay)));
    this.#windows = [...new Set(lengths)].map((slots) => ({
      ...{ slots, seen: [] },
      bound: Number.POSITIVE_INFINITY,
    }));
  }

  /** Windows do not reach back beyond here: before it another level was in force. */
  restart(at: number): void {
    this.#from = at;
  }

  judge(question: {
    readonly actual: readonly number[];
    readonly expected: readonly number[];
    readonly at: number;
    readonly excessMin: number;
  }): Judged {
    const { actual, expected, at, excessMin } = question;
    this.#countUse(actual[at] ?? 0);
    if (at % this.#slotsPerDay === 0) this.#readBounds();
    const offset = this.#used === 0 ? 1 : this.#usedSum / this.#used;
    let worst: Judged["worst"] = null;
    let furthest = 1;
    let isCalm = true;
    const excesses = this.#windows.map((window) => {
      const sums = {
        actual: sumOfLast(actual, at, window.slots),
        expected: sumOfLast(expected, at, window.slots),
      };
      const isWhole = at - window.slots >= this.#from;
      const excess = isWhole ? Math.log((sums.actual + offset) / (sums.expected + offset)) : 0;
      if (excess > CALM_SHARE * window.bound) isCalm = false;
      const beyond = excess / window.bound;
      const least = Math.max(
        excessMin,
        DEVIATIONS_OF_USE * this.#deviationOfUse(sums.expected + offset),
      );
      if (beyond > furthest && sums.actual - sums.expected >= least) {
        furthest = beyond;
        worst = { slots: window.slots, ...sums, factorBound: Math.exp(window.bound) };
      }
      return excess;
    });
    if (worst === null) this.#remember(excesses);
    return { worst, isCalm };
  }

  #readBounds(): void {
    for (const window of this.#windows) {
      const chance = CHANCE_OF_DAY * (window.slots / this.#slotsPerDay) ** 2;
      window.bound = boundOf(window, chance);
    }
  }

  #countUse(value: number): void {
    this.#slots += 1;
    if (value <= 0) return;
    this.#usedSum += value;
    this.#usedSquares += value ** 2;
    this.#used += 1;
  }

  /**
   * The deviation of a sum by chance alone, where slots are used or not: for a share `p` of slots in
   * use, each counts with p(1 - p) times its square. Next to nothing where every slot is used.
   */
  #deviationOfUse(expected: number): number {
    if (this.#usedSum === 0) return 0;
    const silent = 1 - this.#used / this.#slots;
    return Math.sqrt(silent * expected * (this.#usedSquares / this.#usedSum));
  }

  #remember(excesses: readonly number[]): void {
    this.#windows.forEach(({ seen }, place) => {
      seen.push(excesses[place] ?? 0);
      if (seen.length > this.#memory) seen.shift();
    });
  }
}

function boundOf({ seen, slots }: Window, chance: number): number {
  if (seen.length < OBSERVATIONS_MIN * Math.sqrt(slots)) return Number.POSITIVE_INFINITY;
  const tail = quantileOf(seen, 1 - TAIL_SHARE);
  const beyond = seen.filter((value) => value > tail).map((value) => value - tail);
  const carried = tail + (beyond.length === 0 ? 0 : meanOf(beyond)) * Math.log(TAIL_SHARE / chance);
  // Falls are wider than rises in logarithms, so only the upper half says how wide rises are.
  const deviation = (tail - medianOf(seen)) / DEVIATIONS_TO_TAIL;
  return Math.max(Math.log(FACTOR_MIN), carried, deviationsFor(chance) * deviation);
}

/** What a normal variable exceeds with about that chance: 4.2 deviations at 1 in 100,000. */
function deviationsFor(chance: number): number {
  return Math.sqrt(-2 * Math.log(chance)) - NORMAL_TAIL_CORRECTION;
}

const NORMAL_TAIL_CORRECTION = 0.6;
/** From the middle of a normal distribution to the share of it that is the tail. */
const DEVIATIONS_TO_TAIL = 1.645;

function sumOfLast(values: readonly number[], at: number, count: number): number {
  let sum = 0;
  for (let slot = Math.max(0, at - count + 1); slot <= at; slot += 1) sum += values[slot] ?? 0;
  return sum;
}
