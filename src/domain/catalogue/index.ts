/**
 * catalogue: the Claude models as dated facts.
 *
 * Answers:   which model an id names, and what it cost on a day.
 * Promises:  exact ids and known aliases only; an unknown sibling is unknown, never its sibling.
 *            A rate is whole or refused; every modifier is worked out when the catalogue is compiled.
 * Does not:  bill (domain/billing does), fetch prices, change a past price.
 * Start at:  compile-catalogue.ts, then model-facts.ts and data/.
 */
export {
  type Catalogue,
  compileCatalogue,
  type RateQuestion,
} from "./compile-catalogue.ts";
export type {
  DatedPrice,
  ModelFacts,
  ModelId,
  ModelStatus,
  PriceStep,
  TokenizerFamily,
  TokenRates,
} from "./model-facts.ts";
export type {
  CatalogueOverrides,
  Discount,
  ModelOverride,
  PriceOverride,
  RatesOverride,
} from "./overrides.ts";
export type {
  PriceSheet,
  RateRefusal,
  SheetBasis,
  SheetOutcome,
  Unpriced,
} from "./price-sheet.ts";
export { canonicalModel, type Resolution, type Seller } from "./resolution.ts";
