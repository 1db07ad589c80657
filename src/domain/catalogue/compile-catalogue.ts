/** Compiles the listed models and a user's changes into one immutable catalogue. */
import type { Instant } from "../../base/index.ts";
import { callsWithoutPrice } from "./calls-without-price.ts";
import { contentHash } from "./content-hash.ts";
import { LISTED_MODELS } from "./data/list.ts";
import { type CompiledDiscount, compileDiscounts, discountedPrices } from "./discounts.ts";
import { findSheet } from "./find-sheet.ts";
import type { ModelFacts, ModelId } from "./model-facts.ts";
import { applyModelOverrides, type CatalogueOverrides } from "./overrides.ts";
import {
  compilePeriod,
  type PricePeriod,
  type PriceSheet,
  type SheetOutcome,
} from "./price-sheet.ts";
import { withPriceSince } from "./price-since.ts";
import { indexModels, type Resolution, resolveModel } from "./resolution.ts";

/** What decides a price, all of it as the response reports it. */
export type RateQuestion = {
  readonly model: ModelId;
  readonly at: Instant;
  /** `usage.speed`; `null` when not reported. */
  readonly speed: string | null;
  /** `usage.service_tier`; `null` when not reported. */
  readonly serviceTier: string | null;
  /** `usage.inference_geo`; `null` when not reported. */
  readonly inferenceGeo: string | null;
  /** Fresh input, writes and reads together; decides the step where a model has one. */
  readonly promptTokens: number;
};

export type Catalogue = {
  /** Changes whenever a price or a fact does. */
  readonly version: string;
  /** Exact ids, known aliases and known spellings of partners; anything else is unknown. */
  readonly resolve: (id: string) => Resolution;
  readonly models: () => readonly ModelFacts[];
  /** What a user's changes leave without a price, worth saying at start; for people. */
  readonly warnings: readonly string[];
  readonly rates: (question: RateQuestion) => SheetOutcome;
};

/** How many spellings of model ids the catalogue remembers; ids come from callers. */
export const RESOLUTIONS_MAX = 1_000;

/**
 * Throws `CATALOGUE_OVERRIDE_INVALID`, `PRICE_NOT_WHOLE` or `VALUE_NOT_DECIMAL_USD` when the user's
 * changes make no sense.
 */
export function compileCatalogue(overrides: CatalogueOverrides = {}): Catalogue {
  const { models, ownPrices } = applyModelOverrides(LISTED_MODELS, overrides.models ?? []);
  const index = indexModels(models);
  const discounts = compileDiscounts(overrides.discounts ?? [], index);
  const periods = compilePrices(models, discounts, ownPrices);
  const isOverridden = ownPrices.size > 0 || discounts.length > 0;
  const listed = isOverridden ? compilePrices(listedFacts(models), [], NO_MODELS) : NO_PRICES;
  return {
    version: contentHash(textOf([models, [...periods], ...listed])),
    resolve: remembering((id) => resolveModel(index, id)),
    models: () => models,
    warnings: callsWithoutPrice(periods),
    rates: (question) => {
      const found = findSheet(periods.get(question.model), question);
      if (found.kind === "unpriced" || !found.sheet.basis.overridden) return found;
      return withListRates(found.sheet, findSheet(listed.get(question.model), question));
    },
  };
}

type Prices = ReadonlyMap<ModelId, readonly PricePeriod[]>;
const NO_PRICES: Prices = new Map();
const NO_MODELS: ReadonlySet<ModelId> = new Set();

function compilePrices(
  models: readonly ModelFacts[],
  discounts: readonly CompiledDiscount[],
  ownPrices: ReadonlySet<ModelId>,
): Prices {
  const periods = new Map<ModelId, readonly PricePeriod[]>();
  for (const facts of models) {
    const compiled = discountedPrices(facts, discounts).map((price) =>
      compilePeriod(facts, price, ownPrices.has(facts.id)),
    );
    periods.set(facts.id, withPriceSince(compiled));
  }
  return periods;
}

/** A model that the first party lists is listed at its prices; any other has the user's own. */
function listedFacts(models: readonly ModelFacts[]): readonly ModelFacts[] {
  const listed = new Map(LISTED_MODELS.map((facts) => [facts.id, facts]));
  return models.map((facts) => listed.get(facts.id) ?? facts);
}

function withListRates(sheet: PriceSheet, listed: SheetOutcome): SheetOutcome {
  if (listed.kind === "unpriced") return { kind: "priced", sheet };
  return { kind: "priced", sheet: { ...sheet, listRates: listed.sheet.rates } };
}

/** Keeps the newest answers. Ids come from callers, so the memory has a limit. */
function remembering(resolve: (id: string) => Resolution): (id: string) => Resolution {
  const answers = new Map<string, Resolution>();
  return (id) => {
    const known = answers.get(id);
    if (known !== undefined) return known;
    const answer = resolve(id);
    if (answers.size >= RESOLUTIONS_MAX) answers.clear();
    if (id.length <= 200) answers.set(id, answer);
    return answer;
  };
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? `${item}` : item));
}
