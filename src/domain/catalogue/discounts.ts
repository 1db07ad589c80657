/** Negotiated discounts, cut into the price periods that they touch. */
import type { Instant } from "../../base/index.ts";
import type { DatedPrice, ModelFacts } from "./model-facts.ts";
import { DISCOUNTS_MAX, type Discount, invalid, startOf } from "./overrides.ts";
import type { ModelIndex } from "./resolution.ts";

/** What is left to pay: `numerator / denominator` of every rate. */
export type Fraction = { readonly numerator: bigint; readonly denominator: bigint };
export const WHOLE: Fraction = { numerator: 1n, denominator: 1n };

export type CompiledDiscount = {
  readonly models: "all" | ReadonlySet<string>;
  readonly from: Instant;
  readonly until: Instant | null;
  readonly pays: Fraction;
};

/** A price period and the discount that holds through all of it. */
export type DiscountedPrice = { readonly price: DatedPrice; readonly pays: Fraction };

/** Throws `CATALOGUE_OVERRIDE_INVALID`: a percentage outside 0 to 100, an unknown model. */
export function compileDiscounts(
  discounts: readonly Discount[],
  index: ModelIndex,
): readonly CompiledDiscount[] {
  if (discounts.length > DISCOUNTS_MAX) throw invalid("discounts", `more than ${DISCOUNTS_MAX}`);
  return discounts.map((discount, position) => {
    const where = `discounts[${position}]`;
    return {
      models: discount.models === "all" ? "all" : modelsNamed(discount.models, index, where),
      from: startOf(discount.from, where),
      until: discount.until === undefined ? null : startOf(discount.until, where),
      pays: remainderOf(discount.percentOff, where),
    };
  });
}

/** Splits the periods where a discount begins or ends. The first discount that fits holds. */
export function discountedPrices(
  facts: ModelFacts,
  discounts: readonly CompiledDiscount[],
): readonly DiscountedPrice[] {
  const own = discounts.filter(({ models }) => models === "all" || models.has(facts.id));
  const edges = own.flatMap(({ from, until }) => (until === null ? [from] : [from, until]));
  return facts.prices.flatMap((price) =>
    splitAt(price, edges).map((part) => ({
      price: part,
      pays: own.find((discount) => holdsAt(discount, part.from))?.pays ?? WHOLE,
    })),
  );
}

/** Percent off to the fraction that is paid: `"12.5"` is 875 of 1,000. */
export function remainderOf(percentOff: string, where: string): Fraction {
  const match = /^(\d{1,3})(?:\.(\d{1,6}))?$/.exec(percentOff.trim());
  if (match === null) throw invalid(where, `"${percentOff.slice(0, 40)}" is not a percentage`);
  const fraction = match[2] ?? "";
  const denominator = 100n * 10n ** BigInt(fraction.length);
  const numerator = denominator - BigInt(`${match[1]}${fraction}`);
  if (numerator < 0n) throw invalid(where, "more than 100 percent off");
  return { numerator, denominator };
}

function modelsNamed(
  names: readonly string[],
  index: ModelIndex,
  where: string,
): ReadonlySet<string> {
  return new Set(
    names.map((name) => {
      const facts = index.byId.get(name) ?? index.byAlias.get(name);
      if (facts === undefined) throw invalid(where, `no model is known by the id "${name}"`);
      return facts.id;
    }),
  );
}

function splitAt(price: DatedPrice, edges: readonly Instant[]): readonly DatedPrice[] {
  const inside = edges.filter(
    (edge) => edge > price.from && (price.until === null || edge < price.until),
  );
  const starts = [price.from, ...[...new Set(inside)].sort((left, right) => left - right)];
  return starts.map((from, position) => ({
    ...price,
    from,
    until: starts[position + 1] ?? price.until,
  }));
}

function holdsAt(discount: CompiledDiscount, at: Instant): boolean {
  return at >= discount.from && (discount.until === null || at < discount.until);
}
