import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  costOf,
  formatUsd,
  formatUsdColumn,
  formatUsdPerMtok,
  formatUsdRounded,
  type PicoUsd,
  PurserError,
  parseUsd,
  parseUsdPerMtok,
  picoUsd,
  scalePriceExact,
  tokenCount,
} from "./index.ts";

const amounts = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }).map(picoUsd);

/** Reads a fixed decimal back without the code under test. */
function fixedToBigint(text: string): bigint {
  return BigInt(text.replace(".", ""));
}

describe("money", () => {
  test("costOf is tokens times price, to the picodollar", () => {
    expect(costOf(tokenCount(1), parseUsdPerMtok("0.000001"))).toBe(1n);
    expect(formatUsd(costOf(tokenCount(100_001), parseUsdPerMtok("0.50")))).toBe("0.0500005");
  });

  test("formatUsd and parseUsd are inverses for every amount", () => {
    fc.assert(fc.property(amounts, (amount) => parseUsd(formatUsd(amount)) === amount));
  });

  test.each(["", "1e3", "$1", "1,000", "0.0000000000001", "NaN", "1.", ".5", "0x10"])(
    "parseUsd refuses %j and says how to write it",
    (text) => {
      expect(() => parseUsd(text)).toThrow(PurserError);
      expect(() => parseUsd(text)).toThrow(/VALUE_NOT_DECIMAL_USD/);
    },
  );

  test("parseUsdPerMtok refuses a negative price and a seventh decimal", () => {
    expect(() => parseUsdPerMtok("-1")).toThrow(/VALUE_NOT_DECIMAL_USD/);
    expect(() => parseUsdPerMtok("0.0000001")).toThrow(/VALUE_NOT_DECIMAL_USD/);
    expect(formatUsdPerMtok(parseUsdPerMtok("12.50"))).toBe("12.5");
  });

  test("formatUsdRounded rounds half away from zero", () => {
    expect(formatUsdRounded(parseUsd("0.005"), 2)).toBe("0.01");
    expect(formatUsdRounded(parseUsd("-0.005"), 2)).toBe("-0.01");
    expect(formatUsdRounded(parseUsd("1.004999"), 2)).toBe("1.00");
  });

  test("formatUsdColumn shows rows that always add up to the shown total", () => {
    fc.assert(
      fc.property(
        fc.array(amounts, { maxLength: 50 }),
        fc.integer({ min: 0, max: 8 }),
        (rows, digits) => {
          const shown = formatUsdColumn(rows, digits);
          const sum = shown.rows.reduce((total, text) => total + fixedToBigint(text), 0n);
          expect(sum).toBe(fixedToBigint(shown.total));
        },
      ),
    );
  });

  test("formatUsdColumn never moves a row by a whole unit or more", () => {
    fc.assert(
      fc.property(fc.array(amounts, { minLength: 1, maxLength: 20 }), (rows) => {
        const unit = 10n ** 8n;
        formatUsdColumn(rows, 4).rows.forEach((text, index) => {
          const difference = fixedToBigint(text) * unit - (rows[index] as PicoUsd);
          expect(difference < unit && difference > -unit).toBe(true);
        });
      }),
    );
  });

  test("scalePriceExact refuses a product that is not whole", () => {
    expect(scalePriceExact(parseUsdPerMtok("0.01"), 1n, 2n)).toBe(5_000n);
    expect(scalePriceExact(parseUsdPerMtok("0.000001"), 1n, 2n)).toBeNull();
  });
});
