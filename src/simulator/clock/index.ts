/**
 * simulator/clock: the simulated time.
 *
 * Answers:   what time it is for lifetimes, limits and prices.
 * Promises:  never runs backwards on command; a virtual clock stands still until advanced.
 * Does not:  delay a socket; delays are real milliseconds.
 * Start at:  simulated-clock.ts.
 */
export { type SimulatedClock, startClock } from "./simulated-clock.ts";
