/**
 * limits: how much a caller may ask for.
 *
 * Answers:   what can be limited.
 * Promises:  pure; what is left out is not limited.
 * Does not:  know keys or policies, refuse a call, or wait.
 * Start at:  settings.ts.
 */
export type { LimitSettings } from "./settings.ts";
