import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { measureSaving, UNITS_MIN, type Unit } from "./index.ts";

function unit(cost: number, volume: number, stratum = "all"): Unit {
  return [{ stratum, stretch: "rest", isSpoiled: false, cost, volume }];
}

function many(count: number, make: (index: number) => Unit): readonly Unit[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

describe("measureSaving", () => {
  test("measureSaving finds what every unit saves, and is sure of it", () => {
    const saving = measureSaving({
      applied: many(40, (index) => unit(0.4 * (index + 1), index + 1)),
      heldOut: many(12, (index) => unit(index + 1, index + 1)),
      level: 0.95,
    });
    if (saving.kind !== "measured") throw new Error("not measured");
    expect(saving.share).toBeCloseTo(0.6, 12);
    expect(saving.low).toBeCloseTo(0.6, 12);
    expect(saving.high).toBeCloseTo(0.6, 12);
  });

  test("measureSaving does not take a difference between kinds of traffic for a saving", () => {
    // The policy does nothing, but the draw put more of the cheap kind into the applied arm.
    const cheap = (volume: number) => unit(0.2 * volume, volume, "marked");
    const dear = (volume: number) => unit(volume, volume, "unmarked");
    const saving = measureSaving({
      applied: [...many(60, () => cheap(5)), ...many(20, () => dear(5))],
      heldOut: [...many(10, () => cheap(5)), ...many(30, () => dear(5))],
      level: 0.95,
    });
    expect(saving).toMatchObject({ kind: "measured" });
    if (saving.kind === "measured") expect(saving.share).toBeCloseTo(0, 12);
  });

  test("measureSaving is less sure where first stretches are spoiled, and takes no cost from them", () => {
    const stretches = (index: number, cost: number, isSpoiled: boolean): Unit => {
      const wave = 1 + 0.3 * Math.sin(index);
      const first = { stratum: "all", stretch: "first", isSpoiled, volume: 1 } as const;
      const rest = { stratum: "all", stretch: "rest", isSpoiled: false, volume: 5 } as const;
      return [
        { ...first, cost: isSpoiled ? 1_000 : cost * wave },
        { ...rest, cost: 5 * cost * wave },
      ];
    };
    const measure = (spoiled: (index: number) => boolean) => {
      const saving = measureSaving({
        applied: many(60, (index) => stretches(index, 0.4, spoiled(index))),
        heldOut: many(20, (index) => unit(6, 6 + (index % 2))),
        level: 0.95,
      });
      if (saving.kind !== "measured") throw new Error("not measured");
      return saving;
    };
    const clean = measure(() => false);
    const spoiled = measure((index) => index % 3 === 0);
    expect(spoiled.share).toBeCloseTo(clean.share, 1);
    expect(spoiled.high - spoiled.low).toBeGreaterThan(clean.high - clean.low);
  });

  test("measureSaving says that there are too few units rather than guess", () => {
    const few = many(UNITS_MIN - 1, () => unit(1, 1));
    const enough = many(UNITS_MIN, () => unit(1, 1));
    const tooFew = measureSaving({ applied: enough, heldOut: few, level: 0.95 });
    expect(tooFew).toEqual({
      kind: "too-few",
      appliedUnits: UNITS_MIN,
      heldOutUnits: UNITS_MIN - 1,
    });
    const empty = [...few, unit(0, 0)];
    expect(measureSaving({ applied: enough, heldOut: empty, level: 0.95 }).kind).toBe("too-few");
  });

  test("measureSaving holds its estimate in its interval, and widens it with the level", () => {
    const part = fc.record({
      stratum: fc.constantFrom("a", "b"),
      stretch: fc.constantFrom("first" as const, "rest" as const),
      isSpoiled: fc.constant(false),
      cost: fc.double({ min: 0.01, max: 100, noNaN: true }),
      volume: fc.double({ min: 0.01, max: 100, noNaN: true }),
    });
    const units = fc.array(fc.array(part, { minLength: 1, maxLength: 2 }), {
      minLength: UNITS_MIN,
      maxLength: 40,
    });
    fc.assert(
      fc.property(units, units, (applied, heldOut) => {
        const [wide, narrow] = [0.99, 0.9].map((level) =>
          measureSaving({ applied, heldOut, level }),
        );
        if (wide?.kind !== "measured" || narrow?.kind !== "measured")
          throw new Error("not measured");
        expect(wide.share).toBe(narrow.share);
        expect(wide.low).toBeLessThanOrEqual(narrow.low);
        expect(narrow.low).toBeLessThanOrEqual(narrow.share);
        expect(narrow.high).toBeGreaterThanOrEqual(narrow.share);
        expect(wide.high).toBeGreaterThanOrEqual(narrow.high);
        expect(wide.high).toBeLessThanOrEqual(1);
      }),
    );
  });
});
