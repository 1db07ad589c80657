/** The configuration in the words of the parts that use it. */
import type { LoadedConfig } from "../config/index.ts";
import { compileShowback, type Showback, type ShowbackRule } from "../domain/billing/index.ts";
import { type Catalogue, compileCatalogue } from "../domain/catalogue/index.ts";

/** Errors: `CATALOGUE_OVERRIDE_INVALID`, `PRICE_NOT_WHOLE`. */
export function catalogueOf(config: LoadedConfig): Catalogue {
  return compileCatalogue({
    models: config.models,
    discounts: config.discounts.map((discount) => ({
      models: discount.models ?? "all",
      percentOff: discount.percentOff,
      from: discount.from,
      until: discount.until,
    })),
  });
}

/** Errors: `CATALOGUE_OVERRIDE_INVALID`. */
export function showbackOf(config: LoadedConfig): Showback {
  return compileShowback(config.showback.map(ruleOf));
}

function ruleOf(entry: LoadedConfig["showback"][number]): ShowbackRule {
  const { team, user, userType, margin, prices } = entry;
  return {
    team,
    user,
    userType,
    marginPercent: margin,
    prices:
      prices === undefined
        ? undefined
        : Object.fromEntries(prices.map(({ model, ...rates }) => [model, rates])),
  };
}
