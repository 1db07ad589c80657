/**
 * What a user changes in the catalogue: models of their own or with other prices, and negotiated
 * discounts. Decimals come in as text. A file may give them; here they are checked and applied.
 */
import { type Instant, PurserError, parseInstant, parseUsdPerMtok } from "../../base/index.ts";
import type {
  DatedPrice,
  ModelFacts,
  ModelId,
  TokenizerFamily,
  TokenRates,
} from "./model-facts.ts";

/** Dollars per million tokens, as decimal text. A class left out is not sold. */
export type RatesOverride = {
  readonly input: string;
  readonly output: string;
  readonly cacheWrite5m?: string | undefined;
  readonly cacheWrite1h?: string | undefined;
  readonly cacheRead?: string | undefined;
};

export type PriceOverride = RatesOverride & {
  /** First day, `2026-11-22`; absent means always. */
  readonly from?: string | undefined;
  readonly fast?: RatesOverride | undefined;
  readonly steps?: readonly (RatesOverride & { readonly promptTokensOver: number })[] | undefined;
  /** Whether batches at half price are sold; absent means yes. */
  readonly batch?: boolean | undefined;
  /** Whether the US region at eleven tenths is sold; absent means no. */
  readonly inferenceGeoUs?: boolean | undefined;
};

/** A new model, or new facts for a known one. Facts left out are kept; `prices` replaces them all. */
export type ModelOverride = {
  readonly id: string;
  readonly aliases?: readonly string[] | undefined;
  readonly displayName?: string | undefined;
  readonly contextTokensMax?: number | undefined;
  readonly outputTokensMax?: number | undefined;
  readonly minimumCacheableTokens?: number | undefined;
  readonly tokenizer?: TokenizerFamily | undefined;
  readonly prices?: readonly PriceOverride[] | undefined;
};

/** A negotiated discount on list prices, modifiers included. The first that fits a model holds. */
export type Discount = {
  readonly models: "all" | readonly string[];
  /** Percent off, as decimal text: `"12.5"`. */
  readonly percentOff: string;
  /** First day; absent means always. */
  readonly from?: string | undefined;
  /** First day on which it no longer holds; absent means never. */
  readonly until?: string | undefined;
};

export type CatalogueOverrides = {
  readonly models?: readonly ModelOverride[] | undefined;
  readonly discounts?: readonly Discount[] | undefined;
};

export const OVERRIDDEN_MODELS_MAX = 1_000;
export const DISCOUNTS_MAX = 1_000;

/** A user may name a model of any kind; these are the facts it gets where none are given. */
const CUSTOM_MODEL = {
  aliases: [],
  partnerIds: [],
  family: "custom",
  released: null,
  retires: null,
  status: "active",
  contextTokensMax: 1_000_000,
  outputTokensMax: 128_000,
  minimumCacheableTokens: null,
  tokenizer: "claude-4.7",
  prices: [],
  notes: ["added by the user"],
} as const satisfies Partial<ModelFacts>;

/** Throws `CATALOGUE_OVERRIDE_INVALID` or `VALUE_NOT_DECIMAL_USD`. */
export function applyModelOverrides(
  listed: readonly ModelFacts[],
  overrides: readonly ModelOverride[],
): { readonly models: readonly ModelFacts[]; readonly ownPrices: ReadonlySet<ModelId> } {
  if (overrides.length > OVERRIDDEN_MODELS_MAX) {
    throw invalid("models", `more than ${OVERRIDDEN_MODELS_MAX} models`);
  }
  const models = new Map(listed.map((facts) => [facts.id as string, facts]));
  const ownPrices = new Set<ModelId>();
  overrides.forEach((override, position) => {
    const where = `models[${position}] (${override.id})`;
    const facts = applyOne(models.get(override.id), override, where);
    models.set(facts.id, facts);
    if (override.prices !== undefined) ownPrices.add(facts.id);
  });
  checkNames([...models.values()]);
  return { models: [...models.values()], ownPrices };
}

function applyOne(
  known: ModelFacts | undefined,
  override: ModelOverride,
  where: string,
): ModelFacts {
  if (!/^\S{1,200}$/.test(override.id))
    throw invalid(where, "the id is empty, long or has a space");
  const base = known ?? { ...CUSTOM_MODEL, id: override.id as ModelId, displayName: override.id };
  if (known === undefined && override.prices === undefined) {
    throw invalid(where, "a model that Purser does not know needs prices");
  }
  return {
    ...base,
    aliases: [...base.aliases, ...(override.aliases ?? [])],
    displayName: override.displayName ?? base.displayName,
    contextTokensMax: positive(override.contextTokensMax, base.contextTokensMax, where),
    outputTokensMax: positive(override.outputTokensMax, base.outputTokensMax, where),
    minimumCacheableTokens: override.minimumCacheableTokens ?? base.minimumCacheableTokens,
    tokenizer: override.tokenizer ?? base.tokenizer,
    prices: override.prices === undefined ? base.prices : datedPrices(override.prices, where),
  };
}

function datedPrices(rows: readonly PriceOverride[], where: string): readonly DatedPrice[] {
  const starts = rows.map((row) => startOf(row.from, where));
  return rows.map((row, position) => {
    const from = starts[position] as Instant;
    const until = starts[position + 1] ?? null;
    if (until !== null && until <= from) throw invalid(where, "prices are not in order of `from`");
    return {
      from,
      until,
      standard: tokenRates(row),
      steps: (row.steps ?? [])
        .map((step) => ({ promptTokensOver: step.promptTokensOver, rates: tokenRates(step) }))
        .sort((left, right) => left.promptTokensOver - right.promptTokensOver),
      fast: row.fast === undefined ? null : tokenRates(row.fast),
      batch: row.batch ?? true,
      inferenceGeoUs: row.inferenceGeoUs ?? false,
      source: "the user's own prices",
      checked: "by the user",
    };
  });
}

function tokenRates(row: RatesOverride): TokenRates {
  return {
    input: parseUsdPerMtok(row.input),
    output: parseUsdPerMtok(row.output),
    cacheWrite5m: row.cacheWrite5m === undefined ? null : parseUsdPerMtok(row.cacheWrite5m),
    cacheWrite1h: row.cacheWrite1h === undefined ? null : parseUsdPerMtok(row.cacheWrite1h),
    cacheRead: row.cacheRead === undefined ? null : parseUsdPerMtok(row.cacheRead),
  };
}

/** Midnight UTC of a day, the beginning of time when absent. */
export function startOf(text: string | undefined, where: string): Instant {
  const value = parseInstant(text ?? "1970-01-01");
  if (value === null) throw invalid(where, `"${text?.slice(0, 40)}" is not a day`);
  return value;
}

function positive(value: number | undefined, otherwise: number, where: string): number {
  if (value === undefined) return otherwise;
  if (!Number.isSafeInteger(value) || value <= 0) throw invalid(where, "a limit is not positive");
  return value;
}

function checkNames(models: readonly ModelFacts[]): void {
  const owners = new Map<string, string>(models.map((facts) => [facts.id, facts.id]));
  for (const facts of models) {
    for (const alias of facts.aliases) {
      const owner = owners.get(alias);
      if (owner !== undefined && owner !== facts.id) {
        throw invalid(`alias ${alias}`, `it names both ${owner} and ${facts.id}`);
      }
      owners.set(alias, facts.id);
    }
  }
}

export function invalid(where: string, what: string): PurserError {
  return new PurserError("CATALOGUE_OVERRIDE_INVALID", { what, where });
}
