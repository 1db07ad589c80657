/**
 * The saving that an experiment measured, with its interval. Units (a prefix root in a block of time)
 * were drawn into two arms; each has a cost, and a volume that no arm changes: what its prompts would
 * cost without any cache. docs/concepts/autopilot.md says why this estimator.
 */
import { assert } from "../../base/index.ts";
import { studentTQuantile } from "./student-t.ts";

/** What a unit holds of one kind of traffic. */
export type UnitPart = {
  /** A kind that the draw does not change, such as whether the client marks its prompts itself. */
  readonly stratum: string;
  readonly cost: number;
  readonly volume: number;
};
export type Unit = readonly UnitPart[];

export type SavingQuestion = {
  readonly applied: readonly Unit[];
  readonly heldOut: readonly Unit[];
  /** How sure the interval is to hold the truth: 0.95. */
  readonly level: number;
};

export type MeasuredSaving =
  | {
      readonly kind: "measured";
      /** Share of cost saved: 1 less what all of it costs applied, over what it costs left alone. */
      readonly share: number;
      readonly low: number;
      readonly high: number;
      readonly degreesOfFreedom: number;
    }
  | { readonly kind: "too-few"; readonly appliedUnits: number; readonly heldOutUnits: number };

/** With fewer units in an arm an interval would be an invention. */
export const UNITS_MIN = 10;

export function measureSaving(question: SavingQuestion): MeasuredSaving {
  const { level } = question;
  assert(level > 0 && level < 1, "a level is between 0 and 1");
  const applied = question.applied.filter((unit) => volumeOf(unit) > 0);
  const heldOut = question.heldOut.filter((unit) => volumeOf(unit) > 0);
  const tooFew = {
    kind: "too-few",
    appliedUnits: applied.length,
    heldOutUnits: heldOut.length,
  } as const;
  if (Math.min(applied.length, heldOut.length) < UNITS_MIN) return tooFew;
  const strata = strataOf(applied, heldOut);
  const kept = strata.totals(strata.applied) / strata.totals(strata.heldOut);
  if (!Number.isFinite(kept) || kept <= 0) return tooFew;
  const { error, degreesOfFreedom } = spreadOf({ applied, heldOut, strata, kept });
  // By factors: what is kept cannot fall below nothing, and is skewed upwards when units are few.
  const factor = Math.exp((error / kept) * studentTQuantile((1 + level) / 2, degreesOfFreedom));
  return {
    kind: "measured",
    share: 1 - kept,
    low: 1 - kept * factor,
    high: 1 - kept / factor,
    degreesOfFreedom,
  };
}

function volumeOf(unit: Unit): number {
  return unit.reduce((sum, { volume }) => sum + volume, 0);
}

type Ratios = (stratum: string) => number;
type Strata = {
  /** Cost per volume in each arm. */
  readonly applied: Ratios;
  readonly heldOut: Ratios;
  /** What all traffic would cost at such ratios. */
  readonly totals: (ratios: Ratios) => number;
};

/** A kind of traffic with too few units in an arm is taken together with all others. */
function strataOf(applied: readonly Unit[], heldOut: readonly Unit[]): Strata {
  const own = [applied, heldOut].map((units) => sumsByStratum(units));
  const volumes = sumsByStratum([...applied, ...heldOut]);
  const isLarge = (stratum: string): boolean =>
    own.every((sums) => (sums.get(stratum)?.units ?? 0) >= UNITS_MIN);
  const ratios = (arm: Sums | undefined): Ratios => {
    const pooled = pooledRatio(arm);
    return (stratum) => {
      const sum = arm?.get(stratum);
      return sum === undefined || !isLarge(stratum) ? pooled : sum.cost / sum.volume;
    };
  };
  return {
    applied: ratios(own[0]),
    heldOut: ratios(own[1]),
    totals: (byStratum) => {
      let total = 0;
      for (const [stratum, { volume }] of volumes) total += byStratum(stratum) * volume;
      return total;
    },
  };
}

type Sums = ReadonlyMap<string, { cost: number; volume: number; units: number }>;

function sumsByStratum(units: readonly Unit[]): Sums {
  const sums = new Map<string, { cost: number; volume: number; units: number }>();
  for (const { stratum, cost, volume } of units.flat()) {
    const sum = sums.get(stratum) ?? { cost: 0, volume: 0, units: 0 };
    sum.cost += cost;
    sum.volume += volume;
    sum.units += volume > 0 ? 1 : 0;
    sums.set(stratum, sum);
  }
  return sums;
}

function pooledRatio(sums: Sums | undefined): number {
  let cost = 0;
  let volume = 0;
  for (const sum of sums?.values() ?? []) {
    cost += sum.cost;
    volume += sum.volume;
  }
  return cost / volume;
}

type SpreadQuestion = {
  readonly applied: readonly Unit[];
  readonly heldOut: readonly Unit[];
  readonly strata: Strata;
  readonly kept: number;
};

/**
 * The error of what is kept as an estimate for all units, drawn as they were. The truth asked for is
 * that of this very traffic, and most of it was applied: only what was not seen in an arm is in doubt,
 * which is what the odds of the draw say. How a unit's two outcomes go together is never seen; here
 * they are taken to vary together in the way that makes the error largest.
 */
function spreadOf({ applied, heldOut, strata, kept }: SpreadQuestion) {
  const all = applied.length + heldOut.length;
  const scale = strata.totals(strata.heldOut) / Math.sqrt(all);
  const odds = heldOut.length / applied.length;
  const ofApplied = armSpread(applied, strata.applied);
  const ofHeldOut = armSpread(heldOut, strata.heldOut);
  const first = (ofApplied.deviation * Math.sqrt(odds)) / scale;
  const second = (ofHeldOut.deviation * kept) / Math.sqrt(odds) / scale;
  const sum = first ** 2 + second ** 2;
  const doubt = first ** 4 / ofApplied.degreesOfFreedom + second ** 4 / ofHeldOut.degreesOfFreedom;
  return { error: first + second, degreesOfFreedom: doubt === 0 ? all - 2 : sum ** 2 / doubt };
}

type ArmSpread = {
  /** Standard deviation of a unit around what its arm's ratios say of it. */
  readonly deviation: number;
  readonly degreesOfFreedom: number;
};

/**
 * Each unit's distance is taken as the others alone would have it: a large unit pulls a ratio towards
 * itself, and would else hide how far it stands from it.
 */
function armSpread(units: readonly Unit[], ratios: Ratios): ArmSpread {
  const sums = sumsByStratum(units);
  const spreads = new Map<string, { residuals: number; volumes: number }>();
  let squares = 0;
  for (const unit of units) {
    let residual = 0;
    for (const { stratum, cost, volume } of unit) {
      const leverage = Math.min(LEVERAGE_MAX, volume / (sums.get(stratum)?.volume ?? 1));
      const own = (cost - ratios(stratum) * volume) / (1 - leverage);
      residual += own;
      const spread = spreads.get(stratum) ?? { residuals: 0, volumes: 0 };
      spread.residuals += own ** 2;
      spread.volumes += volume ** 2;
      spreads.set(stratum, spread);
    }
    squares += residual ** 2;
  }
  const expected = units.map((unit) =>
    unit.reduce((sum, { stratum, volume }) => {
      const { residuals, volumes } = spreads.get(stratum) ?? { residuals: 0, volumes: 1 };
      return sum + (volume ** 2 * residuals) / Math.max(volumes, Number.MIN_VALUE);
    }, 0),
  );
  const degreesOfFreedom = Math.max(1, effectiveCount(expected) - 1);
  return { deviation: Math.sqrt(squares / (units.length - 1)), degreesOfFreedom };
}

const LEVERAGE_MAX = 0.9;

/** A few large parts of the spread among many small ones know as little as a few units. */
function effectiveCount(parts: readonly number[]): number {
  let sum = 0;
  let squares = 0;
  for (const part of parts) {
    sum += part;
    squares += part ** 2;
  }
  return squares === 0 ? parts.length : sum ** 2 / squares;
}
