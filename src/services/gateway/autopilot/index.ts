/**
 * autopilot: plans the cache markers of a call and puts them into its bytes.
 *
 * Answers:   what a call's body becomes, and why; which calls wait for one another.
 * Promises:  without a policy that fits, and in `observe`, nothing happens; what is held out keeps its
 *            bytes and never waits; memory is bounded; no call waits longer than its bound.
 * Does not:  forward, send the calls that keep a prefix alive (keep-alive/ does).
 * Start at:  autopilot.ts, then stampede.ts.
 */
export {
  Autopilot,
  type AutopilotCall,
  type CallPlan,
  type Flight,
  type WarmPrefix,
} from "./autopilot.ts";
export type { HoldEnd } from "./stampede.ts";
