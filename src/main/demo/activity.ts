/** What the demo's day is made of: activities, each a row of steps with virtual time between them. */
import type { DurationMs, Instant, Random } from "../../base/index.ts";
import type { Ask } from "./caller.ts";

/** Each `next()` makes one call and yields how long the caller then waits. */
export type Steps = AsyncGenerator<DurationMs, void, undefined>;

export type Activity = { readonly startsAt: Instant; readonly steps: Steps };

/** What an activity's author is given. `midnight` is the first instant of the day. */
export type DayContext = {
  readonly midnight: Instant;
  readonly random: Random;
  readonly ask: Ask;
};

export const MODELS = {
  opus: "claude-opus-5-5",
  sonnet: "claude-sonnet-5-5",
  haiku: "claude-haiku-5-5",
  fable: "claude-fable-5-2",
  legacyOpus: "claude-opus-4-5-20251101",
} as const;
