/** Time as a value: an instant is milliseconds since 1970 UTC, a duration is milliseconds. */
import { assert } from "./assert.ts";
import type { Brand } from "./brand.ts";

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Brand<number, "Instant">;
export type DurationMs = Brand<number, "DurationMs">;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

export function instant(epochMs: number): Instant {
  assert(Number.isFinite(epochMs), `not an instant: ${epochMs}`);
  return Math.trunc(epochMs) as Instant;
}

export function durationMs(value: number): DurationMs {
  assert(Number.isFinite(value), `not a duration: ${value}`);
  return value as DurationMs;
}

/** Reads `2026-11-22` (midnight UTC) or an ISO 8601 time with its zone; `null` for anything else. */
export function parseInstant(text: string): Instant | null {
  const dateOnly = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const full = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(text);
  if (!dateOnly && !full) return null;
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) || (dateOnly && !formatInstant(epochMs as Instant).startsWith(text))
    ? null
    : (epochMs as Instant);
}

/** `2026-11-22T22:25:00.000Z` */
export function formatInstant(value: Instant): string {
  return new Date(value).toISOString();
}
