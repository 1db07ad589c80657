/**
 * simulator/limits: rate limits and the headers that tell of them.
 *
 * Answers:   may this request pass, how long to wait, what the headers say.
 * Promises:  follows the simulated clock; bounded in memory.
 * Does not:  know the limits of the newest models: those are not published, one set serves all.
 * Start at:  rate-limiter.ts.
 */
export { DEFAULT_RATE_LIMITS, RateLimiter, type RateLimits } from "./rate-limiter.ts";
