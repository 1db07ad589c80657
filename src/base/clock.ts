/** The clock as a value, handed to whatever needs to know the time. */
import type { Instant } from "./time.ts";

export type Clock = {
  /** Wall-clock time; may jump either way. */
  readonly now: () => Instant;
  /** Milliseconds that never run backwards; only differences mean anything. */
  readonly monotonicMs: () => number;
};
