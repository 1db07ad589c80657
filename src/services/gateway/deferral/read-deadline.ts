/** `x-purser-deadline`: how long the answer can wait, as a duration or as a time. */
import { type Instant, instant } from "../../../base/index.ts";

export type DeadlineReading =
  | { readonly kind: "deadline"; readonly at: Instant }
  | { readonly kind: "invalid"; readonly what: string };

/** A batch expires after a day ("message batches: limits"). */
export const DEADLINE_MS_MAX = 24 * 3_600_000;

const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

export function readDeadline(text: string, now: Instant): DeadlineReading {
  const atMs = momentOf(text.trim(), now);
  if (atMs === null || !Number.isFinite(atMs)) {
    const what = `"${text.slice(0, 60)}" is neither a duration (90m, 4h) nor a time with a zone`;
    return { kind: "invalid", what };
  }
  if (atMs <= now) return { kind: "invalid", what: "the deadline has passed" };
  if (atMs - now > DEADLINE_MS_MAX) {
    return { kind: "invalid", what: "the deadline is more than 24 hours away" };
  }
  return { kind: "deadline", at: instant(atMs) };
}

function momentOf(text: string, now: Instant): number | null {
  const duration = DURATION.exec(text);
  if (duration !== null) {
    const unit = duration[2] as keyof typeof UNIT_MS;
    return now + Number(duration[1]) * UNIT_MS[unit];
  }
  return TIME.test(text) ? Date.parse(text) : null;
}
