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
  automaticMarkers,
  fixedMarkers,
  LiveCache,
  type LiveCacheOptions,
  type LiveRequest,
  type MarkerRule,
  noMarkers,
  type WeighedBlock,
} from "./live-cache.ts";
export { MISS_CAUSES, type MissCause, providerWordFor } from "./misses/causes.ts";
export { createMissDiagnosis, type MissDiagnosis } from "./misses/diagnose-misses.ts";
export type {
  CauseSum,
  ExpiryMends,
  MissEvidence,
  MissReport,
  ProviderComparison,
} from "./misses/miss-report.ts";
export {
  BREAK_CHANGES,
  type BreakChange,
  type ComparableBlock,
  findPrefixBreak,
  type PrefixBreak,
} from "./misses/prefix-break.ts";
export type { SeenBlock, SeenRequest, SeenSettings, TokenPrices } from "./misses/seen-request.ts";
export {
  classifyTextChange,
  TEXT_CHANGES,
  type TextChange,
  type TextChangeKind,
} from "./misses/text-change.ts";
export { ARRIVALS, type Arrivals, hitChance } from "./plan/arrivals.ts";
export { breakEvenChance, breakEvenRequests } from "./plan/break-even.ts";
export {
  costOfShape,
  markersSent,
  type NotCached,
  type PlannableBlock,
  planRequest,
  type RequestToShape,
  type ShapeChances,
  type ShapeMarker,
  type ShapePlan,
} from "./plan/plan-request.ts";
export {
  findVolatileText,
  type SplitText,
  splitVolatileLines,
  type VolatileText,
} from "./plan/volatile-text.ts";
export {
  type CachePlanner,
  createPlanner,
  type DueKeepAlive,
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
