/** `x-purser-wait: 30s`: how long a caller is willing to wait for its turn. */

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };
/** Longer than this no call waits, whatever it says. */
export const WAIT_MS_MAX = 10 * 60_000;

/** `null` when it is not said, or cannot be read. */
export function readWaitMs(value: string | undefined): number | null {
  const [, digits, unit] = /^\s*(\d{1,6})\s?(ms|s|m)\s*$/.exec(value ?? "") ?? [];
  if (digits === undefined || unit === undefined) return null;
  return Math.min(WAIT_MS_MAX, Number(digits) * (UNITS_MS[unit] ?? 0));
}
