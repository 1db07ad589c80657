/**
 * prompt-cache: what the provider's prompt cache does with traffic, and how to mark traffic for it.
 *
 * Answers:   what a request reads, writes and pays fresh; which markers are worth their price; the floor
 *            below which nothing can go.
 * Promises:  pure; costs in fresh input tokens, price ratios come in as values; planners see only the past.
 * Does not:  price in money, parse requests, edit them, read a clock.
 * Start at:  workload/workload.ts, then prediction/predict.ts.
 */
export { type BoundOptions, type BoundResult, boundOf } from "./bound.ts";
export {
  BREAK_CHANGES,
  type BreakChange,
  type ComparableBlock,
  findPrefixBreak,
  type PrefixBreak,
} from "./misses/prefix-break.ts";
export {
  classifyTextChange,
  TEXT_CHANGES,
  type TextChange,
  type TextChangeKind,
} from "./misses/text-change.ts";
export {
  type CachePlanner,
  createPlanner,
  type EndedResponse,
  type PlannedMarker,
  type PlannerOptions,
} from "./planner/create-planner.ts";
export type { PromptPlace } from "./planner/live-tree.ts";
export { purserKeepAlivePolicy, purserPolicy } from "./planner/planner.ts";
export {
  asSentPolicy,
  automaticPolicy,
  bifrostPolicy,
  type CachePolicy,
  fixedOneHourPolicy,
  fixedPolicy,
  type KeepAliveCall,
  litellmPolicy,
  llmGatewayPolicy,
  nonePolicy,
  type PolicyFactory,
  type PolicySetting,
  type RequestOutcome,
  type RequestToPlan,
} from "./policies/index.ts";
export { type CacheState, createCacheState } from "./prediction/cache-state.ts";
export {
  automaticMarker,
  type CacheSetting,
  lookBack,
  type MarkerRefusal,
  type PredictableRequest,
  predictAndApply,
  refusalOf,
  type TokensByClass,
} from "./prediction/predict.ts";
export { ratiosOfRates } from "./prediction/ratios-of-rates.ts";
export {
  BREAKPOINTS_MAX,
  type CacheAssumptions,
  type CacheRules,
  DEFAULT_ASSUMPTIONS,
  LOOKBACK_POSITIONS_MAX,
  type PriceRatios,
} from "./prediction/rules.ts";
export { equivalentsOf, type ReplayOptions, type ReplayResult, replay } from "./replay.ts";
export {
  type PlaceableBlock,
  type PlacesQuestion,
  type PrefixSettings,
  placesOfPrompt,
  spreadTokens,
} from "./workload/places-of-prompt.ts";
export {
  createPrefixTreeBuilder,
  NO_NODE,
  PLACE_KINDS,
  type PlaceKind,
  type PrefixIndex,
  type PrefixTree,
  type PrefixTreeBuilder,
  placeKindOf,
} from "./workload/prefix-tree.ts";
export {
  type Ending,
  LIFETIME_MS,
  type Lifetime,
  type PlacedMarker,
  type Workload,
  type WorkloadRequest,
} from "./workload/workload.ts";
