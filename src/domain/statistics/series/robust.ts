/** Middles and spreads that a few wild values cannot move. */

/** Linear between order statistics; `NaN` of nothing. The list need not be sorted. */
export function quantileOf(values: readonly number[], probability: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const at = probability * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export function medianOf(values: readonly number[]): number {
  return quantileOf(values, 0.5);
}

/** The mean without the lowest and the highest `share` of the values. */
export function trimmedMean(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const cut = Math.floor(sorted.length * share);
  return meanOf(sorted.slice(cut, sorted.length - cut));
}

export function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** The standard deviation that a normal distribution of the same median distance would have. */
export function robustDeviation(values: readonly number[]): number {
  const middle = medianOf(values);
  return DEVIATIONS_PER_MEDIAN_DISTANCE * medianOf(values.map((value) => Math.abs(value - middle)));
}

const DEVIATIONS_PER_MEDIAN_DISTANCE = 1.4826;

/** The median of the slopes between all pairs of points (Theil and Sen). Zero with fewer than two. */
export function medianSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes: number[] = [];
  points.forEach(([x, y], index) => {
    for (const [laterX, laterY] of points.slice(index + 1)) {
      if (laterX !== x) slopes.push((laterY - y) / (laterX - x));
    }
  });
  return slopes.length === 0 ? 0 : medianOf(slopes);
}
