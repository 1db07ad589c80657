/** A whole design: the bill as designed, every model beside it, what it is sensitive to, the cheapest way. */
import { assert, type PicoUsd, picoUsd, sumPicoUsd } from "../../../base/index.ts";
import type { ModelFacts } from "../../catalogue/index.ts";
import { BATCH_LATENCY_MS, whyUnfit } from "../design/check-design.ts";
import { CACHE_RULES, type CacheRule, type Design, type Workload } from "../design/design.ts";
import { scaled } from "../design/distribution.ts";
import { EFFORTS, type Effort, effortRatio } from "../effort-index.ts";
import { type Ratio, scaleRounded } from "../exact-scale.ts";
import { tokenizerRatio } from "../tokenizer-ratio.ts";
import {
  A_MONTH,
  type Combination,
  type EstimateSetting,
  type WorkloadEstimate,
  WorkloadEstimator,
} from "./estimate-workload.ts";

export type DesignSetting = EstimateSetting & {
  /** What each workload runs on. */
  readonly modelOf: (workload: Workload) => ModelFacts;
};

/** `null` without a price. */
export function estimateDesign(
  design: Design,
  setting: DesignSetting,
): readonly WorkloadEstimate[] | null {
  const estimates = design.workloads.map((workload) =>
    new WorkloadEstimator(workload, setting).estimate(asDesigned(workload, setting)),
  );
  return estimates.every((estimate) => estimate !== null) ? estimates : null;
}

export function asDesigned(
  workload: Workload,
  { modelOf }: Pick<DesignSetting, "modelOf">,
): Combination {
  const { cache, batch, effort } = workload;
  return { model: modelOf(workload), cache, batch, effort };
}

export function sumOf(estimates: readonly WorkloadEstimate[], days: Ratio): PicoUsd {
  return picoUsd(estimates.reduce((sum, estimate) => sum + estimate.amountOf(days), 0n));
}

/** One model for all workloads, month by month. */
export type ModelRow = {
  readonly model: ModelFacts;
  /** By cache rule and batch; `null` where it is not sold so, or does not fit. */
  readonly amounts: ReadonlyMap<string, PicoUsd | null>;
  readonly unfit: string | null;
  /** Whether its tokens are converted from those of another tokenizer. */
  readonly converted: boolean;
};

export const COMPARED_RULES: readonly CacheRule[] = ["none", "5m", "1h"];

export function columnOf(rule: CacheRule, batch: boolean): string {
  return `${rule}${batch ? " batch" : ""}`;
}

export class DesignComparison {
  readonly #design: Design;
  readonly #estimators: readonly WorkloadEstimator[];

  constructor(design: Design, setting: DesignSetting) {
    this.#design = design;
    this.#estimators = design.workloads.map((workload) => new WorkloadEstimator(workload, setting));
  }

  rowOf(model: ModelFacts): ModelRow {
    const ratio = tokenizerRatio(this.#design.tokenizer, model.tokenizer).likely;
    const unfit = this.#design.workloads
      .map((workload) => whyUnfit(workload, model, ratio))
      .find((found) => found?.severity === "error");
    const amounts = new Map<string, PicoUsd | null>();
    for (const batch of [false, true]) {
      for (const cache of COMPARED_RULES) {
        const found = this.#design.workloads.map((workload, at) =>
          this.#month(at, { model, cache, batch, effort: workload.effort }),
        );
        amounts.set(columnOf(cache, batch), unfit === undefined ? sumOrNull(found) : null);
      }
    }
    const converted = model.tokenizer !== this.#design.tokenizer;
    return { model, amounts, unfit: unfit?.what ?? null, converted };
  }

  /** Every combination of a workload that meets its latency need, cheapest first. */
  combinationsOf(index: number, models: readonly ModelFacts[]): readonly PricedCombination[] {
    const workload = this.#design.workloads[index];
    assert(workload !== undefined, "a workload of the design");
    const batches = meetsBatch(workload) ? [false, true] : [false];
    const found: PricedCombination[] = [];
    for (const model of models) {
      const ratio = tokenizerRatio(this.#design.tokenizer, model.tokenizer).likely;
      if (whyUnfit(workload, model, ratio)?.severity === "error") continue;
      for (const effort of effortsOf(workload, model)) {
        for (const batch of batches) {
          for (const cache of CACHE_RULES) {
            const combination = { model, cache, batch, effort };
            const month = this.#month(index, combination);
            if (month !== null) found.push({ ...combination, month });
          }
        }
      }
    }
    return found.sort((left, right) =>
      left.month === right.month ? 0 : left.month < right.month ? -1 : 1,
    );
  }

  #month(index: number, combination: Combination): PicoUsd | null {
    return this.#estimators[index]?.amountOf(combination, A_MONTH) ?? null;
  }
}

export type PricedCombination = Combination & { readonly month: PicoUsd };

/** A batch promises its results within a day. Where no need is stated, none is assumed to wait. */
function meetsBatch({ latencyMsMax, batch }: Workload): boolean {
  return batch || (latencyMsMax !== null && latencyMsMax >= BATCH_LATENCY_MS);
}

/** The design's own effort, and those that the index knows of the model. */
function effortsOf(workload: Workload, model: ModelFacts): readonly (Effort | null)[] {
  const known = EFFORTS.filter((effort) => effortRatio(model.id, workload.effort, effort) !== null);
  return [workload.effort, ...known.filter((effort) => effort !== workload.effort)];
}

function sumOrNull(amounts: readonly (PicoUsd | null)[]): PicoUsd | null {
  return amounts.every((amount) => amount !== null) ? sumPicoUsd(amounts) : null;
}

/** What can be changed to see what the bill hangs on. */
export const KNOBS = ["system prompt", "response length", "volume", "turns"] as const;
export type Knob = (typeof KNOBS)[number];
export const FACTORS = [0.5, 1.5, 2] as const;

/** The design with one thing changed by a factor in every workload. */
export function turned(design: Design, knob: Knob, factor: number): Design {
  return { ...design, workloads: design.workloads.map((one) => turnOne(one, knob, factor)) };
}

function turnOne(workload: Workload, knob: Knob, factor: number): Workload {
  switch (knob) {
    case "system prompt":
      return { ...workload, system: scaled(workload.system, factor) };
    case "response length":
      return { ...workload, output: scaled(workload.output, factor) };
    case "volume":
      return {
        ...workload,
        volume: { ...workload.volume, perDay: scaled(workload.volume.perDay, factor) },
      };
    case "turns":
      return withTurns(workload, factor);
    default:
      return knob satisfies never;
  }
}

/** More turns are more calls: the number of conversations stays. */
function withTurns(workload: Workload, factor: number): Workload {
  const { volume } = workload;
  const perDay = volume.of === "calls" ? scaled(volume.perDay, factor) : volume.perDay;
  return {
    ...workload,
    turns: scaled(workload.turns, factor),
    volume: { ...volume, perDay },
  };
}

/** An amount shared out evenly, rounded half up. */
export function perUnit(amount: PicoUsd, units: Ratio): PicoUsd {
  return picoUsd(
    scaleRounded(amount, { numerator: units.denominator, denominator: units.numerator }),
  );
}
