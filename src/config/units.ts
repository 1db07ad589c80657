/** Durations and sizes as people write them: a whole number and its unit, `10s` or `32MiB`. */

const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_UNITS = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

/** `"10s"` is 10,000. `null` when it is not a duration. */
export function readDurationMs(text: string): number | null {
  return readWithUnit(text, DURATION_UNITS);
}

/** `"32MiB"` is 33,554,432. `null` when it is not a size. */
export function readSizeBytes(text: string): number | null {
  return readWithUnit(text, SIZE_UNITS);
}

/** The inverse of {@link readDurationMs}, in the largest unit that comes out whole. */
export function writeDuration(valueMs: number): string {
  return writeWithUnit(valueMs, DURATION_UNITS);
}

/** The inverse of {@link readSizeBytes}. */
export function writeSize(bytes: number): string {
  return writeWithUnit(bytes, SIZE_UNITS);
}

function readWithUnit(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(\d{1,9})\s?([A-Za-z]+)$/.exec(text.trim());
  const factor = match?.[2] === undefined ? undefined : units[match[2]];
  return match === null || factor === undefined ? null : Number(match[1]) * factor;
}

function writeWithUnit(value: number, units: Readonly<Record<string, number>>): string {
  const fitting = Object.entries(units).filter(([, factor]) => value % factor === 0);
  const [unit, factor] = fitting.at(-1) ?? Object.entries(units)[0] ?? ["", 1];
  return `${value / factor}${unit}`;
}
