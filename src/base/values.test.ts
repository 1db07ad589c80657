import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AssertionFailure,
  ERROR_CATALOGUE,
  estimatedTokenCount,
  formatInstant,
  type Instant,
  instant,
  isTokenCount,
  newCallId,
  newExchangeId,
  PurserError,
  parseInstant,
  randomChoice,
  randomInteger,
  seededRandom,
  tokenCount,
} from "./index.ts";

const fillWith = (value: number) => (bytes: Uint8Array) => void bytes.fill(value);
const instants = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) }).map(instant);

describe("ids", () => {
  test("newExchangeId sorts by time, whatever chance adds", () => {
    fc.assert(
      fc.property(instants, instants, fc.nat(255), fc.nat(255), (a, b, chanceA, chanceB) => {
        const [first, second] = [
          newExchangeId(a, fillWith(chanceA)),
          newExchangeId(b, fillWith(chanceB)),
        ];
        if (a < b) expect(first < second).toBe(true);
      }),
    );
  });

  test("newExchangeId and newCallId keep their shape", () => {
    expect(newExchangeId(0 as Instant, fillWith(0))).toBe("ex_00000000000000000000000000");
    expect(newCallId(instant(Date.UTC(2026, 10, 22)), fillWith(31))).toMatch(
      /^call_[0-9A-HJKMNP-TV-Z]{26}$/,
    );
  });

  test("newExchangeId draws 80 bits of chance, so that one moment gives many ids", () => {
    const ids = new Set(
      Array.from({ length: 1_000 }, () =>
        newExchangeId(1 as Instant, (bytes) => void crypto.getRandomValues(bytes)),
      ),
    );
    expect(ids.size).toBe(1_000);
  });
});

describe("time", () => {
  test("parseInstant is the inverse of formatInstant", () => {
    fc.assert(fc.property(instants, (value) => parseInstant(formatInstant(value)) === value));
  });

  test("parseInstant takes a day as midnight UTC and a time only with its zone", () => {
    expect(parseInstant("2026-11-22")).toBe(Date.UTC(2026, 10, 22));
    expect(parseInstant("2026-11-22T10:00:00+02:00")).toBe(Date.UTC(2026, 10, 22, 8));
    expect(parseInstant("2026-11-22T10:00:00")).toBeNull();
  });

  test.each([
    "",
    "yesterday",
    "2026-02-30",
    "2026-13-01",
    "22.11.2026",
    "1764000000",
    "2026-11-22T25:00:00Z",
  ])("parseInstant refuses %j", (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  test("instant refuses what is not finite", () => {
    expect(() => instant(Number.NaN)).toThrow(AssertionFailure);
  });
});

describe("tokens", () => {
  test.each([-1, 0.5, Number.NaN, 2 ** 53, "3", null])("isTokenCount is false for %j", (value) => {
    expect(isTokenCount(value)).toBe(false);
  });

  test("tokenCount and estimatedTokenCount take whole numbers from zero and assert the rest", () => {
    expect(tokenCount(0)).toBe(0);
    expect(() => tokenCount(-1)).toThrow(AssertionFailure);
    expect(() => estimatedTokenCount(1.5)).toThrow(AssertionFailure);
  });
});

describe("random", () => {
  test("seededRandom gives the same sequence for a seed, and another for another", () => {
    const draw = (seed: number): readonly number[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 20 }, () => random.next());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test("randomInteger and randomChoice reach both ends and nothing beyond", () => {
    const random = seededRandom(1);
    const drawn = Array.from({ length: 2_000 }, () => randomInteger(random, 3, 5));
    expect([...new Set(drawn)].sort()).toEqual([3, 4, 5]);
    const chosen = Array.from({ length: 200 }, () => randomChoice(random, ["a", "b"]));
    expect([...new Set(chosen)].sort()).toEqual(["a", "b"]);
  });

  test("seededRandom is even: each tenth gets its share of 100,000 draws within 5%", () => {
    const random = seededRandom(99);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw += 1) {
      const tenth = Math.floor(random.next() * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    expect(counts.every((count) => Math.abs(count - 10_000) < 500)).toBe(true);
  });
});

describe("PurserError", () => {
  test("PurserError says what, where and how to mend it, and keeps its code", () => {
    const error = new PurserError("VALUE_NOT_DECIMAL_USD", {
      what: '"x" is not an amount',
      where: "flag --price",
    });
    expect(error.message).toContain("flag --price");
    expect(error.message).toContain("[VALUE_NOT_DECIMAL_USD]");
    expect(error.message).toContain(ERROR_CATALOGUE.VALUE_NOT_DECIMAL_USD.mend);
    expect(error.status).toBe(400);
    expect(error.data).toBeNull();
  });

  test("PurserError codes are upper case words with an area, a status and a mend that is a sentence", () => {
    for (const [code, definition] of Object.entries(ERROR_CATALOGUE)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z0-9]+)+$/);
      expect(definition.status).toBeGreaterThanOrEqual(400);
      expect(definition.status).toBeLessThan(600);
      expect(definition.meaning).toMatch(/\.$/);
      expect(definition.mend).toMatch(/\.$/);
    }
  });
});
