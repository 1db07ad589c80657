/** The value below which the share `part` of `samples` lies. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}
