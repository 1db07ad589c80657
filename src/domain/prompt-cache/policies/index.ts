/**
 * prompt-cache/policies: the rules that a replay can be run under, by name.
 *
 * Answers:   which policies there are and how each marks a request.
 * Promises:  no policy but `bound` (which is no policy, see bound.ts) sees the future.
 * Does not:  learn (the planner does), price.
 * Start at:  policy.ts, then fixed.ts.
 */
export {
  asSentPolicy,
  automaticPolicy,
  canMark,
  fixedMarkers,
  fixedOneHourPolicy,
  fixedPolicy,
  nonePolicy,
  SectionPlaces,
} from "./fixed.ts";
export { bifrostPolicy, litellmPolicy, llmGatewayPolicy } from "./peers.ts";
export type {
  CachePolicy,
  KeepAliveCall,
  PolicyFactory,
  PolicySetting,
  RequestOutcome,
  RequestToPlan,
} from "./policy.ts";
