/**
 * catalogue: the Claude models as dated facts.
 *
 * Answers:   which model an id names, and what it cost on a day.
 * Promises:  exact ids and known aliases only; an unknown sibling is unknown, never its sibling.
 * Does not:  bill (domain/billing does), fetch prices, change a past price.
 * Start at:  model-facts.ts.
 */
export type {
  CacheLifetime,
  DatedPrice,
  ModelFacts,
  ModelId,
  ModelStatus,
  PriceStep,
  TokenizerFamily,
  TokenRates,
} from "./model-facts.ts";
