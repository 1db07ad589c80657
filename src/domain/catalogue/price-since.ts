/**
 * Since when a price has held. A new period begins whenever any fact of a model's price changes, such
 * as fast mode going on sale; what did not change with it keeps the day on which it began to hold.
 */
import type { TokenRates } from "./model-facts.ts";
import type { PricePeriod, PriceSheet, SheetOutcome } from "./price-sheet.ts";

/** Periods in order of time, each sheet with the first day of its unbroken run of equal rates. */
export function withPriceSince(periods: readonly PricePeriod[]): readonly PricePeriod[] {
  const dated: PricePeriod[] = [];
  for (const period of periods) {
    const before = dated.at(-1);
    const joins =
      before !== undefined &&
      before.until === period.from &&
      before.bandsOver.join() === period.bandsOver.join();
    dated.push(joins ? { ...period, sheets: carried(before.sheets, period.sheets) } : period);
  }
  return dated;
}

function carried(
  before: readonly SheetOutcome[],
  sheets: readonly SheetOutcome[],
): readonly SheetOutcome[] {
  return sheets.map((outcome, index) => {
    const earlier = before[index];
    if (outcome.kind !== "priced" || earlier?.kind !== "priced") return outcome;
    return isSamePrice(earlier.sheet, outcome.sheet)
      ? { kind: "priced", sheet: datedAs(outcome.sheet, earlier.sheet.basis.priceDate) }
      : outcome;
  });
}

function datedAs(sheet: PriceSheet, priceDate: string): PriceSheet {
  return { ...sheet, basis: { ...sheet.basis, priceDate } };
}

function isSamePrice(left: PriceSheet, right: PriceSheet): boolean {
  const classes = Object.keys(left.rates) as readonly (keyof TokenRates)[];
  return (
    left.basis.overridden === right.basis.overridden &&
    classes.every((name) => left.rates[name] === right.rates[name])
  );
}
