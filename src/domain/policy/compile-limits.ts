/** Compiles the limit policies once. Unlike the others, all that fit a call hold, in their order. */
import { compileMatch } from "./compile-policies.ts";
import type { CallFacts, LimitPolicy } from "./policy.ts";

export type LimitSnapshot = {
  readonly isEmpty: boolean;
  /** Without those that only observe. */
  readonly limitsFor: (call: CallFacts) => readonly LimitPolicy[];
};

const NONE: readonly LimitPolicy[] = [];

export function compileLimits(policies: readonly LimitPolicy[]): LimitSnapshot {
  const compiled = policies
    .filter(({ mode }) => mode !== "observe")
    .map((policy) => ({ policy, fits: compileMatch(policy.match) }));
  if (compiled.length === 0) return NO_LIMITS;
  return Object.freeze({
    isEmpty: false,
    limitsFor: (call: CallFacts) =>
      compiled.flatMap(({ policy, fits }) => (fits(call) ? policy : [])),
  });
}

export const NO_LIMITS: LimitSnapshot = Object.freeze({ isEmpty: true, limitsFor: () => NONE });
