/**
 * autopilot: plans the cache markers of a call and puts them into its bytes.
 *
 * Answers:   what a call's body becomes, and why; which calls wait for one another.
 * Promises:  without a policy that fits, and in `observe`, nothing happens; what is held out keeps its
 *            bytes and never waits; memory is bounded; no call waits longer than its bound.
 * Does not:  forward, keep a prefix alive with calls of its own (that needs a virtual key).
 * Start at:  autopilot.ts, then stampede.ts.
 */
export { Autopilot, type AutopilotCall, type CallPlan, type Flight } from "./autopilot.ts";
export type { HoldEnd } from "./stampede.ts";
