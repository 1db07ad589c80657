/**
 * workloads: traffic in the abstract, and what it would cost if something about it were different.
 *
 * Answers:   what a design's traffic costs, with what drives it and how sure that is; what recorded
 *            traffic would have cost under other models, caches, tiers, lengths, prices and volumes.
 * Promises:  pure and seeded; amounts exact to the picodollar, rounded once where a rate is scaled; parts
 *            sum to the whole; what is not known is said, and estimates carry an interval.
 * Does not:  read files or the ledger, send anything, judge the quality of a cheaper answer.
 * Start at:  design/design.ts, then estimate/estimate-workload.ts; for recorded traffic whatif/steps.ts.
 */
export { type BillableCall, PROMPT_PARTS, type PricedAs, promptTokensOf } from "./call.ts";
export { checkDesign, type DesignIssue, promptAt } from "./design/check-design.ts";
export {
  CACHE_RULES,
  type CacheRule,
  type Design,
  type Volume,
  type Workload,
} from "./design/design.ts";
export {
  constant,
  type Distribution,
  fromMeanAndDeviation,
  fromMedianAndP95,
  meanOf,
  nearlyMaximum,
  scaled,
  ZERO,
} from "./design/distribution.ts";
export { type Conversation, generateDay, isExact, type Turn } from "./design/generate.ts";
export { callsOf, type DesignCall } from "./design/prompts-of.ts";
export {
  EFFORTS,
  type Effort,
  effortRatio,
  isEffort,
  standardEffort,
} from "./effort-index.ts";
export {
  COMPARED_RULES,
  columnOf,
  DesignComparison,
  type DesignSetting,
  estimateDesign,
  FACTORS,
  KNOBS,
  type Knob,
  type ModelRow,
  type PricedCombination,
  perUnit,
  sumOf,
  turned,
} from "./estimate/estimate-design.ts";
export {
  A_DAY,
  A_MONTH,
  A_YEAR,
  type Combination,
  type EstimateSetting,
  type WorkloadEstimate,
  WorkloadEstimator,
} from "./estimate/estimate-workload.ts";
export { type AmountRange, CONFIDENCE, rangeAround, type Spread } from "./estimate/interval.ts";
export {
  DRIVER_ITEMS,
  DRIVER_PARTS,
  type DriverCell,
  type DriverItem,
  type DriverPart,
} from "./estimate/tally.ts";
export { dividedBy, type Ratio, ratioOf, timesRatio } from "./exact-scale.ts";
export { priceOfCall, ratesOfCall } from "./price-call.ts";
export { convertTokens, tokenizerRatio } from "./tokenizer-ratio.ts";
export {
  Counterfactual,
  type ProfilePlan,
  type Repriced,
  type StepSums,
} from "./whatif/counterfactual.ts";
export { PastCheck, type PastGroup, PREDICTION_TOLERANCE } from "./whatif/past-check.ts";
export type {
  CallProfile,
  RecordedBlock,
  RecordedCall,
  RecordedPrompt,
} from "./whatif/recorded-call.ts";
export {
  CACHE_NAMES,
  type CacheName,
  type Lever,
  type LeverKind,
  needsPrompts,
  type Step,
  type Uncertain,
} from "./whatif/steps.ts";
