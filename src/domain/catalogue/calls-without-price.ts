/** Which calls a discount, or an own price, leaves without a price, so that it can be said at start. */
import { formatInstant } from "../../base/index.ts";
import type { ModelId } from "./model-facts.ts";
import { modifiersOf, type PricePeriod } from "./price-sheet.ts";

/** One sentence for each model and period with modifiers whose rates are not whole micro-dollars. */
export function callsWithoutPrice(
  periods: ReadonlyMap<ModelId, readonly PricePeriod[]>,
): readonly string[] {
  return [...periods].flatMap(([model, ofModel]) =>
    ofModel.flatMap((period) => {
      const mixes = notWholeMixes(period);
      if (mixes.length === 0) return [];
      const since = period.from <= 0 ? "" : ` since ${formatInstant(period.from).slice(0, 10)}`;
      const calls = `calls of ${model} with ${mixes.join(", or ")}`;
      return [`${calls} have no price${since}: it would not be whole micro-dollars per Mtok`];
    }),
  );
}

function notWholeMixes(period: PricePeriod): readonly string[] {
  const mixes = period.sheets.flatMap((outcome, index) =>
    outcome.kind === "unpriced" && outcome.reason === "price-not-whole" ? [mixAt(index)] : [],
  );
  return [...new Set(mixes)];
}

function mixAt(index: number): string {
  const { fast, batch, us } = modifiersOf(index);
  const named = [fast ? "fast mode" : "", batch ? "batch" : "", us ? "the US region" : ""];
  return named.filter((name) => name !== "").join(" and ");
}
