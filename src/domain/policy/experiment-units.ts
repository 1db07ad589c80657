/** Gathers what each arm cost into the units of an experiment. */
import type { Unit, UnitPart } from "../statistics/index.ts";
import { type Arm, parseArm } from "./hold-out.ts";

export type ArmPart = Pick<UnitPart, "stratum" | "cost" | "volume"> & {
  /** As the ledger keeps it; a text that is no arm is passed over. */
  readonly arm: string;
  /** Whether it fell into the first stretch of its block, where the block before is still at work. */
  readonly early: boolean;
};

export type ExperimentUnits = {
  readonly applied: readonly Unit[];
  readonly heldOut: readonly Unit[];
};

/**
 * What is early in a block is spoiled where the block before it, under the same root, was of the other
 * arm: the cache still holds what that arm put there.
 */
export function experimentUnits(parts: readonly ArmPart[]): ExperimentUnits {
  const arms = new Map<string, Arm["name"]>();
  for (const { arm } of parts) {
    const parsed = parseArm(arm);
    if (parsed !== null) arms.set(parsed.unit, parsed.name);
  }
  const units = new Map<string, UnitPart[]>();
  for (const { arm: text, early, ...part } of parts) {
    const arm = parseArm(text);
    if (arm === null) continue;
    const before = arms.get(unitBefore(arm.unit)) ?? arm.name;
    const key = `${arm.name}/${arm.unit}`;
    const unit = units.get(key) ?? [];
    units.set(key, unit);
    const isSpoiled = early && before !== arm.name;
    addTo(unit, { ...part, stretch: early ? "first" : "rest", isSpoiled });
  }
  const ofArm = (name: Arm["name"]): readonly Unit[] =>
    [...units].filter(([key]) => key.startsWith(`${name}/`)).map(([, unit]) => unit);
  return { applied: ofArm("apply"), heldOut: ofArm("hold-out") };
}

function addTo(unit: UnitPart[], part: UnitPart): void {
  // A stretch of a unit is spoiled as a whole or not at all.
  const index = unit.findIndex(
    ({ stratum, stretch }) => stratum === part.stratum && stretch === part.stretch,
  );
  const known = unit[index];
  if (known === undefined) unit.push(part);
  else {
    unit[index] = {
      ...part,
      cost: known.cost + part.cost,
      volume: known.volume + part.volume,
    };
  }
}

/** `ROOT-BLOCK` with the block before it. */
function unitBefore(unit: string): string {
  const dash = unit.lastIndexOf("-");
  return `${unit.slice(0, dash)}-${Number(unit.slice(dash + 1)) - 1}`;
}
