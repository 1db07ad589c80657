/** A call on its way through the steps, and what one step does to it. */
import { type Instant, type PicoUsd, picoUsd } from "../../../base/index.ts";
import { tokenAmount } from "../../billing/index.ts";
import type { Catalogue, ModelFacts } from "../../catalogue/index.ts";
import type { PricedAs } from "../call.ts";
import { effortRatio, isEffort } from "../effort-index.ts";
import { type Ratio, scaleRounded, timesRatio } from "../exact-scale.ts";
import { feesOf } from "../price-call.ts";
import { tokenizerRatio } from "../tokenizer-ratio.ts";
import { type RateMemo, smallAmount } from "./rate-memo.ts";
import type { CallProfile, RecordedCall } from "./recorded-call.ts";
import type { Lever, Uncertain } from "./steps.ts";

/** Every uncertain figure at its likely value, at its cheap end, or at its dear end. */
export const SCENARIOS = ["likely", "low", "high"] as const;
export type Scenario = (typeof SCENARIOS)[number];

type Split = { read: number; write5m: number; write1h: number; input: number };

export type CallState = {
  model: ModelFacts;
  pricedAs: PricedAs;
  tokens: Split;
  outputTokens: number;
  webSearches: number;
  effort: string | null;
  catalogue: Catalogue;
  weight: Ratio;
};

const ONE: Ratio = { numerator: 1n, denominator: 1n };

/** Levers that change the tokens of the prompt, so that a step back needs a copy of them. */
export const CHANGES_TOKENS: ReadonlySet<Lever["kind"]> = new Set([
  "route",
  "defer",
  "cache",
  "trim-tools",
  "trim-history",
]);

export function stateOf(
  profile: CallProfile & { readonly model: ModelFacts },
  call: RecordedCall,
  catalogue: Catalogue,
): CallState {
  return {
    model: profile.model,
    pricedAs: profile.pricedAs,
    tokens: { ...call.tokens },
    outputTokens: call.outputTokens,
    webSearches: call.webSearches,
    effort: profile.effort,
    catalogue,
    weight: ONE,
  };
}

/** `null` without a price. */
export function priceOfState(state: CallState, at: Instant, memo: RateMemo): PicoUsd | null {
  const rates = memo.find(state, at, state.catalogue);
  if (rates === null) return null;
  const small = smallAmount(state.tokens, state.outputTokens, rates);
  const amount =
    small === null
      ? tokenAmount({ ...state.tokens, output: state.outputTokens }, rates.exact)
      : BigInt(small);
  if (amount === null) return null;
  return picoUsd(weighed(state.webSearches === 0 ? amount : amount + feesOf(state), state.weight));
}

/** An amount as many times as the state's volume; rounded half up where that is a fraction. */
export function weighed(amount: bigint, weight: Ratio): bigint {
  if (weight === ONE || amount === 0n) return amount;
  return weight.denominator === 1n ? amount * weight.numerator : scaleRounded(amount, weight);
}

/** Why a step left a call as it was. */
export type NotApplied = "does not fit the model" | "not in the effort index" | "has no price";

/**
 * Applies a lever that needs no prompts. Returns why it did not, or `null`. `state` may be changed in
 * any case: callers keep a copy.
 */
export function applyLever(state: CallState, lever: Lever, scenario: Scenario): NotApplied | null {
  switch (lever.kind) {
    case "route":
      return route(state, lever.model, lever.outputRatio, scenario);
    case "defer":
      defer(state, cheapIsHigh(lever.cacheHits, scenario));
      return null;
    case "cap":
      state.outputTokens = Math.min(state.outputTokens, lever.outputTokensMax);
      return null;
    case "effort": {
      const from = isEffort(state.effort) ? state.effort : null;
      const ratio = effortRatio(state.model.id, from, lever.effort);
      if (ratio === null) return "not in the effort index";
      state.outputTokens = Math.round(state.outputTokens * roughly(ratio, scenario));
      state.effort = lever.effort;
      return null;
    }
    case "prices":
      state.catalogue = lever.catalogue;
      return null;
    case "volume":
      state.weight = state.weight === ONE ? lever.factor : timesRatio(state.weight, lever.factor);
      return null;
    case "trim-tools":
    case "trim-history":
    case "cache":
      return null;
    default:
      return lever satisfies never;
  }
}

/** Whether a lever's effect has ends that differ. */
export function isUncertain(lever: Lever, model: ModelFacts): boolean {
  if (lever.kind === "effort") return true;
  if (lever.kind === "defer") return lever.cacheHits.low !== lever.cacheHits.high;
  if (lever.kind !== "route") return false;
  const { outputRatio } = lever;
  return lever.model.tokenizer !== model.tokenizer || outputRatio.low !== outputRatio.high;
}

/** The index is rough: its effect is taken between half and one and a half of what it says. */
function roughly(ratio: number, scenario: Scenario): number {
  if (scenario === "likely") return ratio;
  const less = ratio < 1 ? 1.5 : 0.5;
  const share = scenario === "low" ? less : 2 - less;
  return Math.max(0, 1 + (ratio - 1) * share);
}

function cheapIsHigh(figure: Uncertain, scenario: Scenario): number {
  return scenario === "likely" ? figure.likely : scenario === "low" ? figure.high : figure.low;
}

function route(
  state: CallState,
  model: ModelFacts,
  outputRatio: Uncertain,
  scenario: Scenario,
): NotApplied | null {
  if (state.model.id === model.id) return null;
  const ratio = tokenizerRatio(state.model.tokenizer, model.tokenizer)[scenario];
  if (ratio !== 1) scaleSplit(state.tokens, ratio);
  const { tokens } = state;
  const cached = tokens.read + tokens.write5m + tokens.write1h;
  if (cached > 0 && cached < (model.minimumCacheableTokens ?? Number.POSITIVE_INFINITY)) {
    tokens.input += cached;
    tokens.read = 0;
    tokens.write5m = 0;
    tokens.write1h = 0;
  }
  const output = Math.round(state.outputTokens * ratio * outputRatio[scenario]);
  if (tokens.input + cached + output > model.contextTokensMax) return "does not fit the model";
  state.outputTokens = Math.min(output, model.outputTokensMax);
  state.model = model;
  return null;
}

/** The whole prompt is scaled and rounded once; what rounding leaves is fresh input. */
export function scaleSplit(split: Split, ratio: number): void {
  const whole = Math.round((split.read + split.write5m + split.write1h + split.input) * ratio);
  split.read = Math.round(split.read * ratio);
  split.write5m = Math.round(split.write5m * ratio);
  split.write1h = Math.round(split.write1h * ratio);
  const input = whole - split.read - split.write5m - split.write1h;
  if (input < 0) split.read = Math.max(0, split.read + input);
  split.input = Math.max(0, input);
}

/** Fast mode is not sold in batches: such a call goes at the standard speed. */
function defer(state: CallState, hits: number): void {
  const { tokens } = state;
  const read = Math.round(tokens.read * hits);
  const missed = tokens.read - read;
  tokens.read = read;
  if (tokens.write1h > tokens.write5m) tokens.write1h += missed;
  else tokens.write5m += missed;
  state.pricedAs = batched(state.pricedAs);
}

/** One object for each, so that its rates are found by it. */
const BATCHED = new WeakMap<PricedAs, PricedAs>();

function batched(pricedAs: PricedAs): PricedAs {
  const known = BATCHED.get(pricedAs);
  if (known !== undefined) return known;
  const made: PricedAs = { ...pricedAs, serviceTier: "batch", speed: null };
  BATCHED.set(pricedAs, made);
  return made;
}
