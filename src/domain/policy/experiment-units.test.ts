import { describe, expect, test } from "vitest";
import { type ArmPart, type ExperimentUnits, experimentUnits } from "./index.ts";

function part(arm: string, more: Partial<ArmPart> = {}): ArmPart {
  return { arm, stratum: "all", cost: 1, volume: 2, early: false, ...more };
}

describe("experimentUnits", () => {
  test("experimentUnits adds up each unit, kind by kind, and passes over what is no arm", () => {
    const units = experimentUnits([
      part("apply/r-1"),
      part("apply/r-1"),
      part("apply/r-1", { stratum: "other" }),
      part("hold-out/q-1"),
      part("something else"),
    ]);
    const whole = { stretch: "rest", isSpoiled: false };
    expect(units.applied).toEqual([
      [
        { stratum: "all", ...whole, cost: 2, volume: 4 },
        { stratum: "other", ...whole, cost: 1, volume: 2 },
      ],
    ]);
    expect(units.heldOut).toEqual([[{ stratum: "all", ...whole, cost: 1, volume: 2 }]]);
  });

  test("experimentUnits marks as spoiled what comes early after a block of the other arm", () => {
    const early = { early: true };
    const units = experimentUnits([
      part("apply/r-1", early),
      part("hold-out/r-2", early),
      part("hold-out/r-2"),
      part("hold-out/r-3", early),
      part("apply/r-4", early),
      part("apply/r-9", early),
    ]);
    const spoiled = (all: ExperimentUnits["applied"]) =>
      all.map((unit) => unit.map(({ stretch, isSpoiled }) => `${stretch} ${isSpoiled}`));
    expect(spoiled(units.heldOut)).toEqual([["first true", "rest false"], ["first false"]]);
    expect(spoiled(units.applied)).toEqual([["first false"], ["first true"], ["first false"]]);
  });
});
