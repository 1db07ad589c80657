/** Sizes and times that are one number, or that vary: what is written, its mean, and a draw of it. */
import { assert, type Random } from "../../../base/index.ts";

export type Distribution =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly min: number; readonly max: number }
  /** Never negative and skewed to the right, as lengths of texts are. */
  | { readonly kind: "log-normal"; readonly median: number; readonly sigma: number }
  | {
      readonly kind: "choice";
      readonly values: readonly number[];
      readonly weights: readonly number[];
    };

/** The 95th percentile of a standard normal variable. */
const Z_95 = 1.6448536269514722;
/** The 99.9th: beyond it a size is not held against a limit. */
const Z_999 = 3.090232306167813;

export const ZERO: Distribution = { kind: "constant", value: 0 };

export function constant(value: number): Distribution {
  return { kind: "constant", value };
}

export function fromMeanAndDeviation(mean: number, deviation: number): Distribution {
  if (deviation === 0 || mean === 0) return constant(mean);
  const variance = Math.log(1 + (deviation / mean) ** 2);
  const median = mean / Math.exp(variance / 2);
  return { kind: "log-normal", median, sigma: Math.sqrt(variance) };
}

export function fromMedianAndP95(median: number, p95: number): Distribution {
  if (p95 === median || median === 0) return constant(median);
  return { kind: "log-normal", median, sigma: Math.log(p95 / median) / Z_95 };
}

export function isConstant(distribution: Distribution): boolean {
  return distribution.kind === "constant";
}

export function meanOf(distribution: Distribution): number {
  switch (distribution.kind) {
    case "constant":
      return distribution.value;
    case "uniform":
      return (distribution.min + distribution.max) / 2;
    case "log-normal":
      return distribution.median * Math.exp(distribution.sigma ** 2 / 2);
    case "choice": {
      const all = sumOf(distribution.weights);
      return (
        sumOf(distribution.values.map((value, at) => value * weightAt(distribution, at))) / all
      );
    }
    default:
      return distribution satisfies never;
  }
}

/** The standard deviation. */
export function deviationOf(distribution: Distribution): number {
  switch (distribution.kind) {
    case "constant":
      return 0;
    case "uniform":
      return (distribution.max - distribution.min) / Math.sqrt(12);
    case "log-normal":
      return meanOf(distribution) * Math.sqrt(Math.exp(distribution.sigma ** 2) - 1);
    case "choice": {
      const mean = meanOf(distribution);
      const all = sumOf(distribution.weights);
      const squares = distribution.values.map(
        (value, at) => (value - mean) ** 2 * weightAt(distribution, at),
      );
      return Math.sqrt(sumOf(squares) / all);
    }
    default:
      return distribution satisfies never;
  }
}

/** The largest value there is, or one that all but a thousandth stay below. */
export function nearlyMaximum(distribution: Distribution): number {
  switch (distribution.kind) {
    case "constant":
      return distribution.value;
    case "uniform":
      return distribution.max;
    case "log-normal":
      return distribution.median * Math.exp(distribution.sigma * Z_999);
    case "choice":
      return Math.max(...distribution.values);
    default:
      return distribution satisfies never;
  }
}

export function scaled(distribution: Distribution, factor: number): Distribution {
  switch (distribution.kind) {
    case "constant":
      return constant(distribution.value * factor);
    case "uniform":
      return { kind: "uniform", min: distribution.min * factor, max: distribution.max * factor };
    case "log-normal":
      return { ...distribution, median: distribution.median * factor };
    case "choice":
      return { ...distribution, values: distribution.values.map((value) => value * factor) };
    default:
      return distribution satisfies never;
  }
}

/** One value. A constant draws nothing, so that it leaves the others' values as they were. */
export function draw(distribution: Distribution, random: Random): number {
  switch (distribution.kind) {
    case "constant":
      return distribution.value;
    case "uniform":
      return distribution.min + (distribution.max - distribution.min) * random.next();
    case "log-normal":
      return distribution.median * Math.exp(distribution.sigma * drawNormal(random));
    case "choice":
      return drawChoice(distribution, random);
    default:
      return distribution satisfies never;
  }
}

/** A standard normal value, by Box and Muller. */
export function drawNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

function drawChoice(
  distribution: Extract<Distribution, { kind: "choice" }>,
  random: Random,
): number {
  let left = random.next() * sumOf(distribution.weights);
  for (const [at, value] of distribution.values.entries()) {
    left -= weightAt(distribution, at);
    if (left < 0) return value;
  }
  const last = distribution.values.at(-1);
  assert(last !== undefined, "a choice has values");
  return last;
}

function weightAt({ weights }: Extract<Distribution, { kind: "choice" }>, at: number): number {
  return weights[at] ?? 1;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
