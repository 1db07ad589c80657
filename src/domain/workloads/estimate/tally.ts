/** Sums of exact amounts by what drives them, over the parts of a day, scaled to days at the end. */
import { type Instant, type PicoUsd, picoUsd } from "../../../base/index.ts";
import type { Catalogue } from "../../catalogue/index.ts";
import type { TokensByClass } from "../../prompt-cache/index.ts";
import { type BillableCall, PROMPT_PARTS, type PromptPart } from "../call.ts";
import type { DesignCall } from "../design/prompts-of.ts";
import { type Ratio, scaleRounded, scaleTogether, timesRatio } from "../exact-scale.ts";
import { feesOf, ratesOfCall } from "../price-call.ts";

export const DRIVER_ITEMS = ["input", "cache_write", "cache_read", "output", "fee"] as const;
export type DriverItem = (typeof DRIVER_ITEMS)[number];
export const DRIVER_PARTS = [...PROMPT_PARTS, "output", "web_search"] as const;
export type DriverPart = PromptPart | "output" | "web_search";

/** One cell of the bill: which part of the call, billed as what. */
export type DriverCell = {
  readonly part: DriverPart;
  readonly item: DriverItem;
  readonly amount: PicoUsd;
  readonly tokens: bigint;
};

const ITEMS = DRIVER_ITEMS.length;
const CELLS = DRIVER_PARTS.length * ITEMS;

/** One part of the day, before it is scaled. */
export class SlotTally {
  readonly amounts: bigint[] = new Array<bigint>(CELLS).fill(0n);
  readonly tokens: number[] = new Array<number>(CELLS).fill(0);
  /** By conversation, in dollars: only for the spread, never for the bill. */
  readonly conversationUsd: number[];
  readonly conversationCalls: number[];
  total = 0n;
  countedCalls = 0;
  calls = 0;

  constructor(conversations: number) {
    this.conversationUsd = new Array<number>(conversations).fill(0);
    this.conversationCalls = new Array<number>(conversations).fill(0);
  }

  /** Returns false when the call has no price. */
  add(
    call: BillableCall,
    from: { readonly call: DesignCall; readonly conversation: number },
    pricing: { readonly at: Instant; readonly catalogue: Catalogue },
  ): boolean {
    const rates = ratesOfCall(call, pricing.at, pricing.catalogue);
    if (rates === null) return false;
    const before = this.total;
    const { read, write1h, write5m } = call.tokens;
    if (read > 0 && rates.cacheRead === null) return false;
    if (write5m > 0 && rates.cacheWrite5m === null) return false;
    if (write1h > 0 && rates.cacheWrite1h === null) return false;
    this.#addPrompt(from.call, call.tokens, [
      rates.cacheRead ?? 0n,
      rates.cacheWrite1h ?? 0n,
      rates.cacheWrite5m ?? 0n,
      rates.input,
    ]);
    this.#put("output", "output", call.outputTokens, BigInt(call.outputTokens) * rates.output);
    this.#put("web_search", "fee", call.webSearches, feesOf(call));
    this.calls += 1;
    this.countedCalls += from.call.counts ? 1 : 0;
    const usd = Number(this.total - before) / 1e12;
    this.conversationUsd[from.conversation] = (this.conversationUsd[from.conversation] ?? 0) + usd;
    this.conversationCalls[from.conversation] =
      (this.conversationCalls[from.conversation] ?? 0) + (from.call.counts ? 1 : 0);
    return true;
  }

  /** A prompt is billed from its front: what is read, then what is written, then what is fresh. */
  #addPrompt(call: DesignCall, split: TokensByClass, prices: readonly bigint[]): void {
    const left = [split.read, split.write1h, split.write5m, split.input];
    let at = 0;
    for (const { part, tokens } of call.prompt) {
      let rest = tokens;
      while (rest > 0 && at < left.length) {
        const taken = Math.min(rest, left[at] ?? 0);
        this.#put(part, PROMPT_ITEMS[at] ?? "input", taken, BigInt(taken) * (prices[at] ?? 0n));
        left[at] = (left[at] ?? 0) - taken;
        rest -= taken;
        if (rest > 0) at += 1;
      }
    }
  }

  #put(part: DriverPart, item: DriverItem, tokens: number, amount: bigint): void {
    const cell = DRIVER_PARTS.indexOf(part) * ITEMS + DRIVER_ITEMS.indexOf(item);
    this.amounts[cell] = (this.amounts[cell] ?? 0n) + amount;
    this.tokens[cell] = (this.tokens[cell] ?? 0) + tokens;
    this.total += amount;
  }
}

const PROMPT_ITEMS: readonly DriverItem[] = ["cache_read", "cache_write", "cache_write", "input"];

/** All parts of a day over one denominator, so that any number of days is rounded once. */
export class DayTally {
  readonly #amounts: readonly bigint[];
  readonly #tokens: readonly bigint[];
  readonly #total: bigint;
  readonly #denominator: bigint;

  /** `factors` turn each slot's sums into those of a mean day. */
  constructor(slots: readonly SlotTally[], factors: readonly Ratio[]) {
    const { denominator, weights } = overOneDenominator(factors);
    const sum = (pick: (slot: SlotTally) => bigint): bigint =>
      slots.reduce((all, slot, at) => all + pick(slot) * (weights[at] ?? 0n), 0n);
    this.#denominator = denominator;
    this.#total = sum(({ total }) => total);
    this.#amounts = Array.from({ length: CELLS }, (_, at) => sum((slot) => slot.amounts[at] ?? 0n));
    this.#tokens = Array.from({ length: CELLS }, (_, at) =>
      sum((slot) => BigInt(slot.tokens[at] ?? 0)),
    );
  }

  /** Rounded half up to whole picodollars. */
  amountOf(days: Ratio): PicoUsd {
    return picoUsd(scaleRounded(this.#total, this.#per(days)));
  }

  /** The cells that are not empty; they sum to {@link amountOf} of the same days. */
  cellsOf(days: Ratio): readonly DriverCell[] {
    const per = this.#per(days);
    const amounts = scaleTogether(this.#amounts, per, this.amountOf(days));
    return amounts.flatMap((amount, at) => {
      const tokens = scaleRounded(this.#tokens[at] ?? 0n, per);
      const part = DRIVER_PARTS[Math.floor(at / ITEMS)];
      const item = DRIVER_ITEMS[at % ITEMS];
      if ((amount === 0n && tokens === 0n) || part === undefined || item === undefined) return [];
      return [{ part, item, amount: picoUsd(amount), tokens }];
    });
  }

  #per(days: Ratio): Ratio {
    return timesRatio(days, { numerator: 1n, denominator: this.#denominator });
  }
}

/** Slots' amounts times their factors, over so many days, rounded once. */
export function scaledSum(
  amounts: readonly bigint[],
  factors: readonly Ratio[],
  days: Ratio,
): PicoUsd {
  const { denominator, weights } = overOneDenominator(factors);
  const total = amounts.reduce((sum, amount, at) => sum + amount * (weights[at] ?? 0n), 0n);
  return picoUsd(scaleRounded(total, timesRatio(days, { numerator: 1n, denominator })));
}

function overOneDenominator(factors: readonly Ratio[]) {
  const denominator = factors.reduce(
    (together, { denominator: own }) => (together * own) / greatestDivisor(together, own),
    1n,
  );
  const weights = factors.map((factor) => factor.numerator * (denominator / factor.denominator));
  return { denominator, weights };
}

function greatestDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}
