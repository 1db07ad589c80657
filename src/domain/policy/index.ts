/**
 * policy: what Purser may do to traffic.
 *
 * Answers:   which policies a call falls under; whether it is held out of it; how a decision is written.
 * Promises:  pure; the list is compiled once and never changes; the first entry that fits decides (of
 *            limits, all that fit hold); one unit has one arm, whoever asks and however often.
 * Does not:  read a file (config does), plan markers (domain/prompt-cache), change a request.
 * Start at:  policy.ts, then compile-policies.ts and hold-out.ts.
 */
export {
  type CacheDecision,
  type DecidedMarker,
  findCacheDecision,
  formatCacheDecision,
} from "./cache-decision.ts";
export { compileLimits, type LimitSnapshot, NO_LIMITS } from "./compile-limits.ts";
export {
  compileMatch,
  compilePolicies,
  type Fits,
  NO_POLICIES,
  type PolicySnapshot,
} from "./compile-policies.ts";
export { type ArmPart, type ExperimentUnits, experimentUnits } from "./experiment-units.ts";
export {
  type Arm,
  type ArmName,
  assignArm,
  CARRY_OVER_MS,
  formatArm,
  type HoldOutQuestion,
  parseArm,
  TIME_BLOCK_MS,
} from "./hold-out.ts";
export type {
  CachePolicy,
  CacheSettings,
  CallFacts,
  DeferPolicy,
  LimitPolicy,
  LimitScope,
  Policy,
  PolicyMatch,
  PolicyMode,
} from "./policy.ts";
