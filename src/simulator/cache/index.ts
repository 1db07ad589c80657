/**
 * simulator/cache: what the simulated API has cached.
 *
 * Answers:   how many prompt tokens of a request are read, written for five minutes, written for an
 *            hour, or fresh.
 * Promises:  the four classes sum to the prompt; nothing is written that was not marked; nothing is
 *            read after its lifetime or before its writer's response began.
 * Does not:  price, count tokens, or read a clock.
 * Start at:  prompt-cache.ts.
 */
export {
  CACHE_ENTRIES_MAX,
  type CacheUse,
  LOOKBACK_POSITIONS,
  PromptCache,
} from "./prompt-cache.ts";
