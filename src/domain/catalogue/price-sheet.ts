/** Price sheets: the rates of one model, period and set of modifiers, worked out once. */
import {
  formatInstant,
  type Instant,
  type MicroUsdPerMtok,
  PurserError,
  scalePriceExact,
} from "../../base/index.ts";
import type { DiscountedPrice, Fraction } from "./discounts.ts";
import { WHOLE } from "./discounts.ts";
import type { ModelFacts, ModelId, TokenRates } from "./model-facts.ts";

/** How a price was found, so that anyone can check it again. */
export type SheetBasis = {
  readonly model: ModelId;
  /** First day of the price that held. */
  readonly priceDate: string;
  readonly serviceTier: "standard" | "batch" | "priority";
  readonly speed: "standard" | "fast";
  readonly inferenceGeo: "global" | "us";
  /** Set when the price depends on the prompt's length: the step that applied. */
  readonly promptTokensOver: number | null;
  /** Whether a user's own price or discount replaced the list price. */
  readonly overridden: boolean;
};

export type PriceSheet = {
  readonly basis: SheetBasis;
  readonly rates: TokenRates;
  /**
   * What the first party's price list says of the same call, modifiers included, discounts and own
   * prices not. `rates` itself where nobody changed them, or where the list does not sell such calls.
   */
  readonly listRates: TokenRates;
  readonly source: string;
  readonly checked: string;
};

export type RateRefusal =
  | "unknown-model"
  | "no-price-at-date"
  | "class-not-sold"
  | "unknown-service-tier"
  | "priority-commitment"
  | "unknown-speed"
  | "unknown-inference-geo"
  | "price-not-whole";

export type Unpriced = {
  readonly kind: "unpriced";
  readonly reason: RateRefusal;
  readonly message: string;
};
export type SheetOutcome = { readonly kind: "priced"; readonly sheet: PriceSheet } | Unpriced;

/** All sheets of one period, by band of prompt length and by modifiers. */
export type PricePeriod = {
  readonly from: Instant;
  readonly until: Instant | null;
  /** Upper bounds of the bands: a prompt longer than `bands[i]` is in band `i + 1` or above. */
  readonly bandsOver: readonly number[];
  /** Index: `band * 8 + fast * 4 + batch * 2 + us`. */
  readonly sheets: readonly SheetOutcome[];
};

const BATCH: Fraction = { numerator: 1n, denominator: 2n };
const REGION_US: Fraction = { numerator: 11n, denominator: 10n };

export type Modifiers = { readonly fast: boolean; readonly batch: boolean; readonly us: boolean };

export function sheetIndex(band: number, modifiers: Modifiers): number {
  return band * 8 + (modifiers.fast ? 4 : 0) + (modifiers.batch ? 2 : 0) + (modifiers.us ? 1 : 0);
}

export function modifiersOf(index: number): Modifiers {
  return { fast: (index & 4) !== 0, batch: (index & 2) !== 0, us: (index & 1) !== 0 };
}

/** Throws `PRICE_NOT_WHOLE` when a discount leaves a plain rate (no modifier) that is not whole. */
export function compilePeriod(
  facts: ModelFacts,
  discounted: DiscountedPrice,
  ownPrice: boolean,
): PricePeriod {
  const { price } = discounted;
  const bandCount = price.steps.length + 1;
  const sheets = Array.from({ length: bandCount * 8 }, (_, index) =>
    compileSheet(facts, discounted, { index, ownPrice }),
  );
  for (let band = 0; band < bandCount; band += 1) refuseUnlessWhole(sheets[band * 8], facts);
  return {
    from: price.from,
    until: price.until,
    bandsOver: price.steps.map((step) => step.promptTokensOver),
    sheets,
  };
}

function compileSheet(
  facts: ModelFacts,
  { price, pays }: DiscountedPrice,
  { index, ownPrice }: { readonly index: number; readonly ownPrice: boolean },
): SheetOutcome {
  const band = Math.floor(index / 8);
  const { fast, batch, us } = modifiersOf(index);
  const missing = notSold(facts, price, { fast, batch, us });
  if (missing !== null) return missing;
  const step = band === 0 ? null : (price.steps[band - 1] ?? null);
  const listed = fast ? price.fast : (step?.rates ?? price.standard);
  const factors = [pays, batch ? BATCH : WHOLE, us ? REGION_US : WHOLE];
  const rates = listed === null ? null : scaleRates(listed, factors);
  if (rates === null) return notWhole(facts);
  const basis: SheetBasis = {
    model: facts.id,
    priceDate: formatInstant(price.from).slice(0, 10),
    serviceTier: batch ? "batch" : "standard",
    speed: fast ? "fast" : "standard",
    inferenceGeo: us ? "us" : "global",
    promptTokensOver: step?.promptTokensOver ?? null,
    overridden: ownPrice || pays !== WHOLE,
  };
  const { source, checked } = price;
  const sheet = { basis, rates, listRates: rates, source, checked };
  return { kind: "priced", sheet };
}

function notSold(
  facts: ModelFacts,
  price: DiscountedPrice["price"],
  wanted: Modifiers,
): Unpriced | null {
  const missing =
    wanted.fast && price.fast === null
      ? "fast mode"
      : wanted.batch && !price.batch
        ? "batches"
        : wanted.us && !price.inferenceGeoUs
          ? 'inference_geo "us"'
          : wanted.fast && wanted.batch
            ? "fast mode in a batch"
            : null;
  if (missing === null) return null;
  const message = `${facts.id} is not sold with ${missing} on that day`;
  return { kind: "unpriced", reason: "class-not-sold", message };
}

function scaleRates(rates: TokenRates, factors: readonly Fraction[]): TokenRates | null {
  const numerator = factors.reduce((product, factor) => product * factor.numerator, 1n);
  const denominator = factors.reduce((product, factor) => product * factor.denominator, 1n);
  let whole = true;
  const scale = (price: MicroUsdPerMtok): MicroUsdPerMtok => {
    const scaled = scalePriceExact(price, numerator, denominator);
    whole &&= scaled !== null;
    return scaled ?? price;
  };
  const scaled = {
    input: scale(rates.input),
    output: scale(rates.output),
    cacheWrite5m: rates.cacheWrite5m === null ? null : scale(rates.cacheWrite5m),
    cacheWrite1h: rates.cacheWrite1h === null ? null : scale(rates.cacheWrite1h),
    cacheRead: rates.cacheRead === null ? null : scale(rates.cacheRead),
  };
  return whole ? scaled : null;
}

function notWhole(facts: ModelFacts): Unpriced {
  const message = `a discount leaves ${facts.id} with a price that is not whole micro-dollars`;
  return { kind: "unpriced", reason: "price-not-whole", message };
}

function refuseUnlessWhole(outcome: SheetOutcome | undefined, facts: ModelFacts): void {
  if (outcome?.kind !== "unpriced" || outcome.reason !== "price-not-whole") return;
  throw new PurserError("PRICE_NOT_WHOLE", { what: outcome.message, where: `model ${facts.id}` });
}
