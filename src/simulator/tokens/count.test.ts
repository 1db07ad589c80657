import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../base/index.ts";
import { madeUpText } from "../replies/index.ts";
import { countText, tokensOfPixels } from "./index.ts";

const ENGLISH =
  "The purser keeps a ship's accounts and stores. On a voyage of forty days nothing leaves the hold " +
  "without an entry in the ledger, and every evening the captain reads what was spent, by whom and why.";

describe("countText", () => {
  test("countText finds about a third more than a token a word, and 30% more on newer models", () => {
    const words = ENGLISH.split(" ").length;
    const older = countText(ENGLISH, "older");
    expect(older / words).toBeGreaterThan(1.1);
    expect(older / words).toBeLessThan(1.5);
    const ratio = countText(ENGLISH, "newer") / older;
    expect(ratio).toBeGreaterThan(1.15);
    expect(ratio).toBeLessThan(1.45);
  });

  test("countText is never more than the characters, and never less for a longer text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        const count = countText(left + right, "newer");
        expect(count).toBeLessThanOrEqual((left + right).length);
        expect(count).toBeGreaterThanOrEqual(countText(left, "newer"));
      }),
    );
  });

  test("madeUpText has exactly the tokens it was asked for", () => {
    fc.assert(
      fc.property(
        fc.nat(800),
        fc.nat(),
        fc.constantFrom("newer", "older"),
        (tokens, seed, tokenizer) => {
          expect(countText(madeUpText(seededRandom(seed), tokens, tokenizer), tokenizer)).toBe(
            tokens,
          );
        },
      ),
    );
  });
});

describe("tokensOfPixels", () => {
  test.each([
    [1_000, 1_000, true, 1_296],
    [1_920, 1_080, true, 2_691],
    [1_920, 1_080, false, 1_560],
  ])(
    "tokensOfPixels counts %i x %i (high resolution %s) as %i",
    (width, height, highResolution, tokens) => {
      const tier = { tokenizer: "newer", highResolution } as const;
      expect(tokensOfPixels({ width, height }, tier)).toBe(tokens);
    },
  );
});
