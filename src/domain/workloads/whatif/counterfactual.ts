/**
 * The counterfactual engine: calls that happened, one at a time, under steps that compose in order. What
 * no step changes keeps the amount that the ledger has, so a policy that changes nothing saves nothing.
 */
import { type Instant, type PicoUsd, picoUsd } from "../../../base/index.ts";
import type { Catalogue, ModelFacts } from "../../catalogue/index.ts";
import { type PriceRatios, ratiosOfRates } from "../../prompt-cache/index.ts";
import { type PricedAs, promptTokensOf } from "../call.ts";
import { ratesOfCall } from "../price-call.ts";
import {
  applyLever,
  type CallState,
  CHANGES_TOKENS,
  isUncertain,
  type NotApplied,
  priceOfState,
  SCENARIOS,
  type Scenario,
  scaleSplit,
  stateOf,
  weighed,
} from "./call-state.ts";
import { changePrompt } from "./prompt-change.ts";
import { RateMemo } from "./rate-memo.ts";
import { RecordedCaches } from "./recorded-cache.ts";
import type { CallProfile, RecordedCall, RecordedPrompt } from "./recorded-call.ts";
import { ADDS_UP, type CacheName, needsPrompts, type Step } from "./steps.ts";

/** What a step came to. Amounts are of all calls, after this step and all before it. */
export type StepSums = {
  /** Calls that it fits. */
  matched: number;
  /** Calls whose amount it changed. */
  changed: number;
  /** Answers that a cap cuts short. */
  cut: number;
  readonly notApplied: Map<NotApplied | "its prompt is not known", number>;
  readonly amount: Record<Scenario, bigint>;
  /** What the prompts cost whose cache use this step had to predict. */
  predictedPromptAmount: bigint;
};

/** What is the same for all calls of a profile. */
export type ProfilePlan = {
  readonly profile: CallProfile;
  readonly steps: readonly boolean[];
  readonly uncertain: boolean;
};

/** Calls whose price today is not what the ledger has. */
export type Repriced = { calls: number; recorded: bigint; repriced: bigint };

export class Counterfactual {
  readonly #steps: readonly Step[];
  readonly #catalogue: Catalogue;
  readonly #caches: readonly RecordedCaches[];
  readonly #memo = new RateMemo();
  readonly #tiers = new Map<string, PricedAs>();
  readonly sums: readonly StepSums[];
  calls = 0;
  recorded = 0n;
  /** Bills that were kept as they are: several samplings, refusals, unknown models. */
  kept = 0;
  repricedExactly = 0;
  readonly repricedOtherwise = new Map<string, Repriced>();

  constructor(steps: readonly Step[], catalogue: Catalogue) {
    this.#steps = steps;
    this.#catalogue = catalogue;
    this.#caches = steps.map(() => new RecordedCaches());
    this.sums = steps.map(() => ({
      matched: 0,
      changed: 0,
      cut: 0,
      notApplied: new Map(),
      amount: { likely: 0n, low: 0n, high: 0n },
      predictedPromptAmount: 0n,
    }));
  }

  plan(given: CallProfile): ProfilePlan {
    const profile = { ...given, pricedAs: this.#tierOf(given.pricedAs) };
    const decided = new Set<string>();
    const steps = this.#steps.map(({ fits, lever }) => {
      if (!fits(profile.facts)) return false;
      if (ADDS_UP.has(lever.kind)) return true;
      const isFirst = !decided.has(lever.kind);
      decided.add(lever.kind);
      return isFirst;
    });
    let { model } = profile;
    const uncertain = this.#steps.some(({ lever }, at) => {
      if (!steps[at] || model === null) return false;
      const found = isUncertain(lever, model);
      if (lever.kind === "route") model = lever.model;
      return found;
    });
    return { profile, steps, uncertain };
  }

  /** Equal tiers are one object, by which rates are found. */
  #tierOf(pricedAs: PricedAs): PricedAs {
    const key = JSON.stringify(pricedAs);
    const known = this.#tiers.get(key) ?? pricedAs;
    this.#tiers.set(key, known);
    return known;
  }

  add({ profile, steps, uncertain }: ProfilePlan, call: RecordedCall): void {
    this.calls += 1;
    this.recorded += call.amount;
    const at = (call.pricedAtMs ?? call.atMs) as Instant;
    const { model } = profile;
    if (model === null || profile.composite) {
      this.#keep(call, steps, true);
      return;
    }
    const base = stateOf({ ...profile, model }, call, this.#catalogue);
    const repriced = priceOfState(base, at, this.#memo);
    if (repriced === null) {
      this.#keep(call, steps, true);
      return;
    }
    this.#compare(profile, call, repriced);
    if (!steps.includes(true)) {
      this.#keep(call, steps, false);
      return;
    }
    const run: Run = { call, steps, repriced, at, predicted: null };
    this.#run(base, run, "likely");
    for (const scenario of ["low", "high"] as const) {
      if (uncertain)
        this.#run(stateOf({ ...profile, model }, call, this.#catalogue), run, scenario);
    }
    if (!uncertain) this.#copyLikely(run.amounts ?? []);
  }

  /** The bill stays what it is through all steps, but for the volume. */
  #keep(call: RecordedCall, steps: readonly boolean[], isOdd: boolean): void {
    if (isOdd) this.kept += 1;
    let amount: bigint = call.amount;
    this.#steps.forEach(({ lever }, index) => {
      const sum = this.sums[index];
      if (sum === undefined) return;
      if (steps[index]) {
        sum.matched += 1;
        if (lever.kind === "volume") amount = weighed(amount, lever.factor);
      }
      for (const scenario of SCENARIOS) sum.amount[scenario] += amount;
    });
  }

  #copyLikely(amounts: readonly PicoUsd[]): void {
    amounts.forEach((amount, index) => {
      const sum = this.sums[index];
      if (sum === undefined) return;
      sum.amount.low += amount;
      sum.amount.high += amount;
    });
  }

  #compare({ facts, model }: CallProfile, { amount }: RecordedCall, repriced: PicoUsd): void {
    if (amount === repriced) {
      this.repricedExactly += 1;
      return;
    }
    const key = `${facts.endpoint ?? ""}\n${model?.id ?? ""}`;
    const known = this.repricedOtherwise.get(key) ?? { calls: 0, recorded: 0n, repriced: 0n };
    known.calls += 1;
    known.recorded += amount;
    known.repriced += repriced;
    this.repricedOtherwise.set(key, known);
  }

  #run(first: CallState, run: Run, scenario: Scenario): void {
    const { call, steps, at } = run;
    const difference = call.amount - run.repriced;
    const amounts: PicoUsd[] = [];
    let state = first;
    let amount: PicoUsd = call.amount;
    const shape: Shape = { prompt: call.prompt, rule: "as-sent" };
    this.#steps.forEach((step, index) => {
      if (steps[index]) {
        const next = this.#apply(step, index, { state, shape, run, scenario });
        const priced = next === null ? null : priceOfState(next, at, this.#memo);
        if (next !== null && priced === null) this.#note(index, scenario, "has no price");
        if (next !== null && priced !== null) {
          state = next;
          const changed = picoUsd(priced + weighed(difference, next.weight));
          this.#count(index, scenario, changed !== amount);
          amount = changed;
        }
        if (scenario === "likely") this.#countMatched(index);
      }
      const sum = this.sums[index];
      if (sum !== undefined) sum.amount[scenario] += amount;
      amounts.push(amount);
    });
    if (scenario === "likely") run.amounts = amounts;
  }

  /** The state after the step; `null` when the step does not apply. */
  #apply(step: Step, index: number, { state, shape, run, scenario }: Applying): CallState | null {
    const { lever } = step;
    const tokens = CHANGES_TOKENS.has(lever.kind) ? { ...state.tokens } : state.tokens;
    const next: CallState = { ...state, tokens };
    if (needsPrompts(step)) {
      if (shape.prompt === null) {
        this.#note(index, scenario, "its prompt is not known");
        return null;
      }
      return this.#predict(next, index, { step, shape, run, scenario });
    }
    if (
      lever.kind === "cap" &&
      scenario === "likely" &&
      next.outputTokens > lever.outputTokensMax
    ) {
      const sum = this.sums[index];
      if (sum !== undefined) sum.cut += 1;
    }
    const why = applyLever(next, lever, scenario);
    if (why === null) return next;
    this.#note(index, scenario, why);
    return null;
  }

  /** Changes the prompt or its markers and asks the cache's rules what it would be billed as. */
  #predict(
    next: CallState,
    index: number,
    { step, shape, run, scenario }: Omit<Applying, "state"> & { readonly step: Step },
  ): CallState | null {
    const { lever } = step;
    const { prompt } = shape;
    if (prompt === null) return null;
    const changed = changePrompt(prompt, lever);
    if (changed === null && lever.kind !== "cache") return next;
    const before = promptTokensOf(next.tokens);
    const promptTokens = changed === null ? before : Math.round(before * changed.share);
    shape.prompt = changed?.prompt ?? prompt;
    if (lever.kind === "cache") shape.rule = lever.rule;
    if (scenario !== "likely") {
      const likely = run.predicted?.get(index);
      if (likely !== undefined) {
        next.tokens = { ...likely };
        const own = promptTokensOf(likely);
        if (own > 0 && own !== promptTokens) scaleSplit(next.tokens, promptTokens / own);
      }
      return next;
    }
    const rates = ratesOfCall(next, run.at, next.catalogue);
    const ratios = rates === null ? null : ratiosOfRates(rates);
    const split =
      ratios === null
        ? null
        : this.#caches[index]?.step(run.call, {
            model: next.model,
            scope: next.pricedAs.speed ?? "",
            ratios,
            promptTokens,
            prompt: shape.prompt,
            rule: shape.rule,
          });
    next.tokens = { ...(split ?? { read: 0, write5m: 0, write1h: 0, input: promptTokens }) };
    run.predicted ??= new Map();
    run.predicted.set(index, next.tokens);
    this.#countPredicted(next, index, run.at);
    return next;
  }

  #countPredicted(state: CallState, index: number, at: Instant): void {
    const sum = this.sums[index];
    const amount = priceOfState({ ...state, outputTokens: 0, webSearches: 0 }, at, this.#memo);
    if (sum !== undefined && amount !== null) sum.predictedPromptAmount += amount;
  }

  #countMatched(index: number): void {
    const sum = this.sums[index];
    if (sum !== undefined) sum.matched += 1;
  }

  #count(index: number, scenario: Scenario, isChanged: boolean): void {
    const sum = this.sums[index];
    if (sum !== undefined && scenario === "likely" && isChanged) sum.changed += 1;
  }

  #note(index: number, scenario: Scenario, why: NotApplied | "its prompt is not known"): void {
    const sum = this.sums[index];
    if (sum === undefined || scenario !== "likely") return;
    sum.notApplied.set(why, (sum.notApplied.get(why) ?? 0) + 1);
  }
}

type Run = {
  readonly call: RecordedCall;
  readonly steps: readonly boolean[];
  /** What the call comes to at the catalogue's prices. */
  readonly repriced: PicoUsd;
  readonly at: Instant;
  /** Tokens that the likely scenario predicted, by step: a cache is asked once for each call. */
  predicted: Map<number, CallState["tokens"]> | null;
  amounts?: readonly PicoUsd[];
};

/** What the prompt has become, and how it is marked. */
type Shape = { prompt: RecordedPrompt | null; rule: CacheName };

type Applying = {
  readonly state: CallState;
  readonly shape: Shape;
  readonly run: Run;
  readonly scenario: Scenario;
};

/** The ratios of a model's prices on a day; `null` where it is not sold with caching. */
export function ratiosOn(model: ModelFacts, at: Instant, catalogue: Catalogue): PriceRatios | null {
  const outcome = catalogue.rates({
    model: model.id,
    at,
    serviceTier: null,
    speed: null,
    inferenceGeo: null,
    promptTokens: 0,
  });
  return outcome.kind === "priced" ? ratiosOfRates(outcome.sheet.rates) : null;
}
