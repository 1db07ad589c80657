/** One workload under one combination of model, cache, batch and effort: the bill of its days. */
import type { Instant, PicoUsd } from "../../../base/index.ts";
import type { Catalogue, ModelFacts, TokenizerFamily } from "../../catalogue/index.ts";
import { BATCH_TIER, type BillableCall, STANDARD_TIER } from "../call.ts";
import type { CacheRule, Workload } from "../design/design.ts";
import { deviationOf, meanOf } from "../design/distribution.ts";
import { conversationsPerDay, generateDay, isExact, type Slot } from "../design/generate.ts";
import { type Effort, effortRatio } from "../effort-index.ts";
import { dividedBy, type Ratio, ratioOf, timesRatio } from "../exact-scale.ts";
import { tokenizerRatio } from "../tokenizer-ratio.ts";
import { ClassTotals } from "./class-totals.ts";
import type { Spread } from "./interval.ts";
import {
  inBatch,
  type PredictedCall,
  type PredictedSlot,
  predictSlot,
  type TimedSlot,
  timedSlot,
} from "./predict-splits.ts";
import { DayTally, type DriverCell, SlotTally, scaledSum } from "./tally.ts";

/** One way to run a workload. */
export type Combination = {
  readonly model: ModelFacts;
  readonly cache: CacheRule;
  readonly batch: boolean;
  /** `null` is what the design was written for. */
  readonly effort: Effort | null;
};

export const A_DAY: Ratio = { numerator: 1n, denominator: 1n };
export const A_YEAR: Ratio = { numerator: 365n, denominator: 1n };
/** A twelfth of a year. */
export const A_MONTH: Ratio = { numerator: 365n, denominator: 12n };

export type WorkloadEstimate = {
  readonly amountOf: (days: Ratio) => PicoUsd;
  /** Sum to `amountOf` of the same days. */
  readonly cellsOf: (days: Ratio) => readonly DriverCell[];
  readonly callsPerDay: number;
  readonly conversationsPerDay: number;
  /** `null` where nothing is left to chance. */
  readonly spread: Spread | null;
  readonly simulatedCalls: number;
};

export type EstimateSetting = {
  readonly catalogue: Catalogue;
  readonly at: Instant;
  readonly tokenizer: TokenizerFamily;
  readonly batchCacheHits: number;
  readonly seed: number;
};

/** Estimates of one workload; what several combinations have in common is worked out once. */
export class WorkloadEstimator {
  readonly #workload: Workload;
  readonly #setting: EstimateSetting;
  readonly #slots: readonly Slot[];
  readonly #timed = new Map<number, readonly TimedSlot[]>();
  readonly #predicted = new Map<string, readonly PredictedSlot[]>();

  constructor(workload: Workload, setting: EstimateSetting) {
    this.#workload = workload;
    this.#setting = setting;
    this.#slots = generateDay(workload, setting.seed);
  }

  /** `null` when the combination is not sold, or its effort is not in the index. */
  estimate(combination: Combination): WorkloadEstimate | null {
    const outputRatio = this.#outputRatio(combination);
    if (outputRatio === null) return null;
    const tallies: SlotTally[] = [];
    for (const { slot, calls } of this.#predict(combination.model, combination.cache)) {
      const tally = new SlotTally(slot.conversations.length);
      for (const predicted of calls) {
        const billable = this.#billable(predicted, combination, outputRatio);
        if (!tally.add(billable, predicted, this.#setting)) return null;
      }
      tallies.push(tally);
    }
    return this.#finish(tallies);
  }

  /** The amount of an {@link estimate} alone, for tables of many combinations. */
  amountOf(combination: Combination, days: Ratio): PicoUsd | null {
    const outputRatio = this.#outputRatio(combination);
    if (outputRatio === null) return null;
    const totals: (ClassTotals | null)[] = this.#predict(combination.model, combination.cache).map(
      ({ calls }) => {
        const totals = new ClassTotals(this.#setting);
        const sold = calls.every((predicted) =>
          totals.add(this.#billable(predicted, combination, outputRatio), predicted.call.counts),
        );
        return sold ? totals : null;
      },
    );
    const found = totals.filter((total) => total !== null);
    if (found.length < totals.length) return null;
    const amounts = found.map((total) => total.amount());
    if (amounts.some((amount) => amount === null)) return null;
    const factors = this.#factorsOf(found.map(({ countedCalls }) => countedCalls));
    return scaledSum(
      amounts.map((amount) => amount ?? 0n),
      factors,
      days,
    );
  }

  #outputRatio({ model, effort }: Combination): number | null {
    const own = this.#workload.effort;
    return effort === null || effort === own ? 1 : effortRatio(model.id, own, effort);
  }

  #billable(
    { call, split }: PredictedCall,
    { model, cache, batch }: Combination,
    outputRatio: number,
  ): BillableCall {
    return {
      model,
      pricedAs: batch ? BATCH_TIER : STANDARD_TIER,
      tokens: batch ? inBatch(split, cache, this.#setting.batchCacheHits) : split,
      outputTokens: this.#outputOf(call.outputTokens, outputRatio),
      webSearches: call.webSearches,
    };
  }

  #outputOf(tokens: number, ratio: number): number {
    const scaled = ratio === 1 ? tokens : Math.round(tokens * ratio);
    const { outputTokensMax } = this.#workload;
    return outputTokensMax === null ? scaled : Math.min(scaled, outputTokensMax);
  }

  #predict(model: ModelFacts, rule: CacheRule): readonly PredictedSlot[] {
    const ratio = tokenizerRatio(this.#setting.tokenizer, model.tokenizer).likely;
    const prefixTokensMin = model.minimumCacheableTokens;
    const key = `${ratio} ${rule === "none" ? "" : prefixTokensMin} ${rule}`;
    const known = this.#predicted.get(key);
    if (known !== undefined) return known;
    const timed =
      this.#timed.get(ratio) ?? this.#slots.map((slot) => timedSlot(this.#workload, slot, ratio));
    this.#timed.set(ratio, timed);
    const predicted = timed.map((slot) => predictSlot(slot, { prefixTokensMin, rule }));
    this.#predicted.set(key, predicted);
    return predicted;
  }

  /** What turns the sums of each slot into those of a mean day. */
  #factorsOf(countedCalls: readonly number[]): readonly Ratio[] {
    const { volume } = this.#workload;
    const perDay = ratioOf(meanOf(volume.perDay));
    return countedCalls.map((calls, at) => {
      const units = volume.of === "calls" ? calls : (this.#slots[at]?.conversations.length ?? 0);
      const share = this.#slots[at]?.share ?? ratioOf(1);
      return dividedBy(timesRatio(perDay, share), ratioOf(Math.max(1, units)));
    });
  }

  #finish(tallies: readonly SlotTally[]): WorkloadEstimate {
    const factors = this.#factorsOf(tallies.map(({ countedCalls }) => countedCalls));
    const day = new DayTally(tallies, factors);
    const scales = factors.map(({ numerator, denominator }) =>
      denominator === 0n ? 0 : Number(numerator) / Number(denominator),
    );
    const callsPerDay = tallies.reduce((sum, { calls }, at) => sum + calls * (scales[at] ?? 0), 0);
    return {
      amountOf: (days) => day.amountOf(days),
      cellsOf: (days) => day.cellsOf(days),
      callsPerDay,
      conversationsPerDay: conversationsPerDay(this.#workload),
      spread: isExact(this.#workload) ? null : this.#spreadOf(tallies, scales, day),
      simulatedCalls: tallies.reduce((sum, { calls }) => sum + calls, 0),
    };
  }

  #spreadOf(tallies: readonly SlotTally[], scales: readonly number[], day: DayTally): Spread {
    const { volume } = this.#workload;
    return {
      slots: tallies.map((tally, at) => ({
        conversations: (scales[at] ?? 0) * tally.conversationUsd.length,
        residuals: residualsOf(tally, volume.of),
        arrivalUsd: volume.arrivals === "random" ? meanUsdOf(tally) : 0,
      })),
      volumeVariation: deviationOf(volume.perDay) / Math.max(meanOf(volume.perDay), 1e-12),
      dayUsd: Number(day.amountOf(A_DAY)) / 1e12,
    };
  }
}

function meanUsdOf({ conversationUsd }: SlotTally): number {
  return conversationUsd.reduce((all, usd) => all + usd, 0) / Math.max(1, conversationUsd.length);
}

/**
 * How far each conversation is from what the volume says of it: from the mean, or, where calls are
 * counted, from the mean of as many calls.
 */
function residualsOf(tally: SlotTally, of: "calls" | "conversations"): readonly number[] {
  const { conversationUsd, conversationCalls } = tally;
  const sum = conversationUsd.reduce((all, usd) => all + usd, 0);
  const perCall = sum / Math.max(1, tally.countedCalls);
  const mean = sum / Math.max(1, conversationUsd.length);
  return conversationUsd.map((usd, at) =>
    of === "calls" ? usd - perCall * (conversationCalls[at] ?? 0) : usd - mean,
  );
}
