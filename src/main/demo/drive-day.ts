/**
 * Runs a day's activities in the order of their virtual times, one call after the other: who writes
 * a cache and who reads it then depends on the seed alone, and so does the bill.
 */
import { type Instant, instant } from "../../base/index.ts";
import type { Activity } from "./activity.ts";

export type DayClock = { readonly advanceTo: (at: Instant) => Promise<void> };

type Waiting = { readonly at: Instant; readonly order: number; readonly activity: Activity };

export type DriveOptions = {
  readonly clock: DayClock;
  readonly onStep: (at: Instant) => void;
  /** Stops between two calls. */
  readonly signal: AbortSignal;
};

export async function driveDay(
  activities: readonly Activity[],
  options: DriveOptions,
): Promise<void> {
  let waiting: Waiting[] = activities.map((activity, order) => ({
    at: activity.startsAt,
    order,
    activity,
  }));
  while (waiting.length > 0 && !options.signal.aborted) {
    const next = waiting.reduce((first, other) => (comesBefore(other, first) ? other : first));
    await options.clock.advanceTo(next.at);
    const step = await next.activity.steps.next();
    options.onStep(next.at);
    const rest = waiting.filter((other) => other !== next);
    waiting = step.done ? rest : [...rest, { ...next, at: instant(next.at + step.value) }];
  }
}

function comesBefore(left: Waiting, right: Waiting): boolean {
  return left.at === right.at ? left.order < right.order : left.at < right.at;
}
