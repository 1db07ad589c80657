/**
 * Rates that were asked for before: a million calls have few models, tiers and days. Prices are kept as
 * numbers too, since a call's amount is nearly always a whole number that a double holds.
 */
import { DAY_MS, type Instant } from "../../../base/index.ts";
import type { Catalogue, ModelFacts, TokenRates } from "../../catalogue/index.ts";
import type { TokensByClass } from "../../prompt-cache/index.ts";
import { type PricedAs, promptTokensOf } from "../call.ts";

type NumericRates = {
  readonly exact: TokenRates;
  readonly input: number;
  readonly output: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly read: number;
};

type Entry = {
  day: number;
  /** Lengths at which a price may change. */
  readonly steps: readonly number[];
  bands: (NumericRates | null | undefined)[];
};

/** Entries are forgotten above this many; more would be odd traffic. */
const ENTRIES_MAX = 10_000;
/** Prices change at midnight, so one answer holds for a day. */
const NOT_SOLD = Number.NaN;

export class RateMemo {
  #entries = new Map<Catalogue, Map<ModelFacts, Map<PricedAs, Entry>>>();
  #count = 0;

  /** `null` without a price. */
  find(
    call: {
      readonly model: ModelFacts;
      readonly pricedAs: PricedAs;
      readonly tokens: TokensByClass;
    },
    at: Instant,
    catalogue: Catalogue,
  ): NumericRates | null {
    const entry = this.#entryOf(catalogue, call.model, call.pricedAs);
    const day = Math.floor(at / DAY_MS);
    if (entry.day !== day) {
      entry.day = day;
      entry.bands = [];
    }
    const promptTokens = promptTokensOf(call.tokens);
    let band = 0;
    for (const step of entry.steps) if (promptTokens > step) band += 1;
    let rates = entry.bands[band];
    if (rates === undefined) {
      rates = ask(call, { at, promptTokens, catalogue });
      entry.bands[band] = rates;
    }
    return rates;
  }

  #entryOf(catalogue: Catalogue, model: ModelFacts, pricedAs: PricedAs): Entry {
    const ofCatalogue = this.#entries.get(catalogue) ?? new Map<ModelFacts, Map<PricedAs, Entry>>();
    const ofModel = ofCatalogue.get(model) ?? new Map<PricedAs, Entry>();
    const known = ofModel.get(pricedAs);
    if (known !== undefined) return known;
    if (this.#count >= ENTRIES_MAX) {
      this.#entries = new Map();
      this.#count = 0;
    }
    this.#count += 1;
    const steps = new Set(
      model.prices.flatMap((price) => price.steps.map((step) => step.promptTokensOver)),
    );
    const entry: Entry = { day: -1, steps: [...steps].sort((a, b) => a - b), bands: [] };
    this.#entries.set(catalogue, ofCatalogue);
    ofCatalogue.set(model, ofModel);
    ofModel.set(pricedAs, entry);
    return entry;
  }
}

function ask(
  { model, pricedAs }: { readonly model: ModelFacts; readonly pricedAs: PricedAs },
  question: { readonly at: Instant; readonly promptTokens: number; readonly catalogue: Catalogue },
): NumericRates | null {
  const { at, promptTokens, catalogue } = question;
  const outcome = catalogue.rates({ model: model.id, at, ...pricedAs, promptTokens });
  if (outcome.kind === "unpriced") return null;
  const exact = outcome.sheet.rates;
  const orNone = (rate: bigint | null): number => (rate === null ? NOT_SOLD : Number(rate));
  return {
    exact,
    input: Number(exact.input),
    output: Number(exact.output),
    write5m: orNone(exact.cacheWrite5m),
    write1h: orNone(exact.cacheWrite1h),
    read: orNone(exact.cacheRead),
  };
}

/**
 * The amount in whole picodollars where a double holds it exactly; `null` where it does not, or a class
 * is not sold: then the exact way is the only one.
 */
export function smallAmount(
  tokens: TokensByClass,
  outputTokens: number,
  rates: NumericRates,
): number | null {
  let total = tokens.input * rates.input + outputTokens * rates.output;
  // A class that is not sold is no number, and has no tokens in it most of the time.
  if (tokens.read > 0) total += tokens.read * rates.read;
  if (tokens.write5m > 0) total += tokens.write5m * rates.write5m;
  if (tokens.write1h > 0) total += tokens.write1h * rates.write1h;
  return total < Number.MAX_SAFE_INTEGER ? total : null;
}
