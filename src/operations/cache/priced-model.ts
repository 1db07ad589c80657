/** A model as the cache engine needs it: price ratios and the shortest prefix. */
import { type Instant, PurserError } from "../../base/index.ts";
import type { Catalogue, ModelFacts, TokenRates } from "../../domain/catalogue/index.ts";
import { type PriceRatios, ratiosOfRates } from "../../domain/prompt-cache/index.ts";
import type { PricedAs } from "../../services/importers/index.ts";

export const STANDARD: PricedAs = { serviceTier: null, speed: null, inferenceGeo: null };

export type CachedModel = {
  readonly facts: ModelFacts;
  readonly ratios: PriceRatios;
  readonly prefixTokensMin: number;
};

/** Errors: `MODEL_UNKNOWN`. */
export function knownModel(catalogue: Catalogue, id: string): ModelFacts {
  const resolution = catalogue.resolve(id);
  if (resolution.kind === "known") return resolution.facts;
  throw new PurserError("MODEL_UNKNOWN", { what: resolution.message, where: "model" });
}

/** Prices of a short prompt on the day. Errors: `CACHE_MODEL_UNCACHED`. */
export function cachedModel(
  catalogue: Catalogue,
  facts: ModelFacts,
  {
    at,
    pricedAs,
    minimumTokens,
  }: {
    readonly at: Instant;
    readonly pricedAs: PricedAs;
    readonly minimumTokens: number | null;
  },
): CachedModel {
  const rates = ratesOf(catalogue, facts, { at, pricedAs, promptTokens: 0 });
  const ratios = rates === null ? null : ratiosOfRates(rates);
  const prefixTokensMin = minimumTokens ?? facts.minimumCacheableTokens;
  if (ratios === null || prefixTokensMin === null) {
    throw new PurserError("CACHE_MODEL_UNCACHED", {
      what: `${facts.id} has no known price or minimum length for caching on that day`,
      where: "model",
    });
  }
  return { facts, ratios, prefixTokensMin };
}

export type RatesMoment = {
  readonly at: Instant;
  readonly pricedAs: PricedAs;
  readonly promptTokens: number;
};

/** `null` without a price. */
export function ratesOf(
  catalogue: Catalogue,
  facts: ModelFacts,
  { at, pricedAs, promptTokens }: RatesMoment,
): TokenRates | null {
  const { speed, serviceTier, inferenceGeo } = pricedAs;
  const outcome = catalogue.rates({
    model: facts.id,
    at,
    speed,
    serviceTier,
    inferenceGeo,
    promptTokens,
  });
  return outcome.kind === "priced" ? outcome.sheet.rates : null;
}
