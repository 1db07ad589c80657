/**
 * The simulator's time. Lifetimes, windows, rate limits, prices and dates follow it; sockets do not.
 * A real clock runs on and can be moved forward; a virtual one moves only when told to.
 */
import { formatInstant, type Instant, instant } from "../../base/index.ts";

export type SimulatedClock = {
  readonly kind: "real" | "virtual";
  readonly nowMs: () => number;
  readonly now: () => Instant;
  /** Moves the clock forward; never back. */
  readonly advance: (milliseconds: number) => void;
  readonly text: () => string;
};

export function startClock(
  kind: "real" | "virtual",
  startAtMs: number | null,
  wallClockMs: () => number,
): SimulatedClock {
  const startedAtMs = wallClockMs();
  let shiftMs = startAtMs === null ? 0 : startAtMs - startedAtMs;
  const nowMs = () => (kind === "real" ? wallClockMs() : startedAtMs) + shiftMs;
  return {
    kind,
    nowMs,
    now: () => instant(nowMs()),
    advance: (milliseconds) => {
      shiftMs += Math.max(0, milliseconds);
    },
    text: () => formatInstant(instant(nowMs())),
  };
}
