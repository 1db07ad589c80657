/** How likely a shared prefix is asked for again before it expires, at so many calls a month. */
import { LIFETIME_MS, type Lifetime } from "../workload/workload.ts";

/** How calls are spread; nobody knows from one request, so all three are reckoned. */
export const ARRIVALS = ["at random", "at random in working hours", "evenly"] as const;
export type Arrivals = (typeof ARRIVALS)[number];

const MONTH_MS = 30.4375 * 86_400_000;
/** Eight hours on 22 days, as a share of the month. */
const WORKING_SHARE = (8 * 22) / (30.4375 * 24);

/** The chance that another call came within `lifetime` before a call. */
export function hitChance(callsPerMonth: number, lifetime: Lifetime, arrivals: Arrivals): number {
  if (callsPerMonth <= 0) return 0;
  const gapMs = MONTH_MS / callsPerMonth;
  const lifetimeMs = LIFETIME_MS[lifetime];
  switch (arrivals) {
    case "at random":
      return 1 - Math.exp(-lifetimeMs / gapMs);
    case "at random in working hours":
      return 1 - Math.exp(-lifetimeMs / (gapMs * WORKING_SHARE));
    case "evenly":
      return gapMs < lifetimeMs ? 1 : 0;
    default:
      return arrivals satisfies never;
  }
}
