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
  /** `first`: the first stretch of the unit's time, where what came before it may be at work. */
  readonly stretch: "first" | "rest";
  /** What came before is at work: only the volume counts, as traffic whose cost was not seen. */
  readonly isSpoiled: boolean;
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
  const volumes = sumsByStratum([...question.applied, ...question.heldOut]);
  const applied = armOf(question.applied);
  const heldOut = armOf(question.heldOut);
  const tooFew = {
    kind: "too-few",
    appliedUnits: applied.units.length,
    heldOutUnits: heldOut.units.length,
  } as const;
  if (Math.min(applied.units.length, heldOut.units.length) < UNITS_MIN) return tooFew;
  const strata = strataOf(applied, heldOut, volumes);
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

/** What was seen of an arm, and how many of its first stretches were not. */
type SeenArm = {
  readonly units: readonly Unit[];
  readonly sums: Sums;
  readonly spoiled: number;
  readonly spoiledVolume: number;
};

function armOf(all: readonly Unit[]): SeenArm {
  const units = all
    .map((unit) => unit.filter((part) => !part.isSpoiled && part.volume > 0))
    .filter((unit) => unit.length > 0);
  const spoiled = all.flat().filter((part) => part.isSpoiled);
  return {
    units,
    sums: sumsByStratum(units),
    spoiled: all.filter((unit) => unit.some((part) => part.isSpoiled)).length,
    spoiledVolume: total(spoiled, ({ volume }) => volume),
  };
}

type OfStratum = (stratum: string) => number;
type Strata = {
  /** Cost per volume in each arm. */
  readonly applied: OfStratum;
  readonly heldOut: OfStratum;
  /** How much volume of all traffic one of the arm's seen volume stands for. */
  readonly standsFor: (arm: SeenArm) => OfStratum;
  /** What all traffic would cost at such ratios. */
  readonly totals: (ratios: OfStratum) => number;
};

/** A kind of traffic with too few units in an arm is taken together with all others. */
function strataOf(applied: SeenArm, heldOut: SeenArm, volumes: Sums): Strata {
  const isLarge = (stratum: string): boolean =>
    [applied, heldOut].every(({ sums }) => (sums.get(stratum)?.units ?? 0) >= UNITS_MIN);
  const ratios = ({ sums }: SeenArm): OfStratum => {
    const { cost, volume } = totalOf(sums);
    return (stratum) => {
      const own = isLarge(stratum) ? sums.get(stratum) : undefined;
      return own === undefined ? cost / volume : own.cost / own.volume;
    };
  };
  const totals = (byStratum: OfStratum): number => {
    let total = 0;
    for (const [stratum, { volume }] of volumes) total += byStratum(stratum) * volume;
    return total;
  };
  const pooledVolume = totals((stratum) => (isLarge(stratum) ? 0 : 1));
  const standsFor = ({ sums }: SeenArm): OfStratum => {
    const pooled = pooledVolume / totalOf(sums).volume;
    return (stratum) => {
      const own = isLarge(stratum) ? sums.get(stratum) : undefined;
      return pooled + (own === undefined ? 0 : (volumes.get(stratum)?.volume ?? 0) / own.volume);
    };
  };
  return { applied: ratios(applied), heldOut: ratios(heldOut), standsFor, totals };
}

type Sums = ReadonlyMap<string, { cost: number; volume: number; units: number }>;

function sumsByStratum(units: readonly Unit[]): Sums {
  const sums = new Map<string, { cost: number; volume: number; units: number }>();
  for (const unit of units) {
    for (const stratum of strataIn(unit)) {
      const sum = sums.get(stratum) ?? { cost: 0, volume: 0, units: 0 };
      sum.cost += total(unit, (part) => (part.stratum === stratum ? part.cost : 0));
      sum.volume += volumeOf(unit, stratum);
      sum.units += 1;
      sums.set(stratum, sum);
    }
  }
  return sums;
}

function strataIn(unit: Unit): ReadonlySet<string> {
  return new Set(unit.map(({ stratum }) => stratum));
}

function volumeOf(unit: Unit, stratum: string): number {
  return total(unit, (part) => (part.stratum === stratum ? part.volume : 0));
}

function totalOf(sums: Sums): { readonly cost: number; readonly volume: number } {
  let cost = 0;
  let volume = 0;
  for (const sum of sums.values()) {
    cost += sum.cost;
    volume += sum.volume;
  }
  return { cost, volume };
}

type SpreadQuestion = {
  readonly applied: SeenArm;
  readonly heldOut: SeenArm;
  readonly strata: Strata;
  readonly kept: number;
};

/**
 * The error of what is kept as an estimate for this very traffic. How a unit's two outcomes go together
 * is never seen; they are taken to go together as closely as what was seen of each allows (the sharp
 * bound of Aronow, Green and Lee, 2014).
 */
function spreadOf({ applied, heldOut, strata, kept }: SpreadQuestion) {
  const scale = strata.totals(strata.heldOut);
  const ofApplied = armSpread(applied, strata.applied, strata.standsFor(applied));
  const ofHeldOut = armSpread(heldOut, strata.heldOut, strata.standsFor(heldOut));
  const first = (ofApplied.error * Math.sqrt(1 + LEARNING_DOUBT)) / scale;
  const second = (ofHeldOut.error * kept) / scale;
  const sum = first ** 2 + second ** 2;
  const doubt = first ** 4 / ofApplied.degreesOfFreedom + second ** 4 / ofHeldOut.degreesOfFreedom;
  const all = applied.units.length + heldOut.units.length;
  const together = 2 * first * second * closestCorrelation(ofApplied.strays, ofHeldOut.strays);
  const error = Math.sqrt(sum + together);
  return { error, degreesOfFreedom: doubt === 0 ? all - 2 : sum ** 2 / doubt };
}

/**
 * The policy learns as it goes, and what was held out sends its learning down another path than all
 * traffic would have. One run cannot show by how much; in simulated traffic whose two outcomes are both
 * known it added this share to the variance of what was applied.
 */
const LEARNING_DOUBT = 0.1;

type ArmSpread = {
  /** Standard error of what all traffic would cost under this arm. */
  readonly error: number;
  readonly degreesOfFreedom: number;
  /** How far each unit stands from what its arm's ratios say of it. */
  readonly strays: readonly number[];
};

/**
 * Two errors add up: what was seen stands for what was not, and what was not seen strays by itself. Not
 * seen are the other arm and the first stretches that were spoiled. A stretch strays by more than its
 * share of a unit: it holds the start of a session and not what that start paid for.
 */
function armSpread(arm: SeenArm, ratios: OfStratum, standsFor: OfStratum): ArmSpread {
  const residuals = arm.units.map((unit) => residualsOf(unit, ratios));
  const stretches = stretchesOf(residuals);
  const areStretchesKnown = stretches.count >= UNITS_MIN;
  const spoiledShare = areStretchesKnown ? arm.spoiledVolume / totalOf(arm.sums).volume : 0;
  let standing = 0;
  let straying = 0;
  for (const residual of residuals) {
    const unseen = ({ stratum }: Residual) => Math.max(0, standsFor(stratum) - 1);
    standing += total(residual, (part) => part.own * unseen(part)) ** 2;
    const other = (part: Residual) => Math.max(0, unseen(part) - spoiledShare);
    straying += total(residual, (part) => part.own * Math.sqrt(other(part))) ** 2;
  }
  const small = arm.units.length / (arm.units.length - 1);
  const spoiled = areStretchesKnown ? (arm.spoiled * stretches.squares) / stretches.count : 0;
  return {
    error: Math.sqrt((standing + straying) * small + spoiled),
    degreesOfFreedom: effectiveCount(expectedSquares(arm.units, residuals)),
    strays: residuals.map((parts) => total(parts, ownOf)),
  };
}

/** The largest correlation of two variables of which only these values are seen: least with least. */
function closestCorrelation(left: readonly number[], right: readonly number[]): number {
  const [first, second] = [centred(left), centred(right)];
  const scale = Math.sqrt(meanSquare(first) * meanSquare(second));
  if (scale === 0) return 0;
  let product = 0;
  let at = 0;
  for (let one = 0, two = 0; one < first.length && two < second.length; ) {
    const [endOne, endTwo] = [(one + 1) / first.length, (two + 1) / second.length];
    const end = Math.min(endOne, endTwo);
    product += (end - at) * (first[one] ?? 0) * (second[two] ?? 0);
    at = end;
    if (endOne <= end) one += 1;
    if (endTwo <= end) two += 1;
  }
  return Math.min(1, Math.max(0, product / scale));
}

/** In ascending order, around their mean. */
function centred(values: readonly number[]): readonly number[] {
  const mean = total(values, (value) => value) / values.length;
  return values.map((value) => value - mean).sort((left, right) => left - right);
}

function meanSquare(values: readonly number[]): number {
  return total(values, (value) => value ** 2) / values.length;
}

/** How far a unit's part stands from what its arm's ratios say of it. */
type Residual = { readonly stratum: string; readonly stretch: string; readonly own: number };

function residualsOf(unit: Unit, ratios: OfStratum): readonly Residual[] {
  return unit.map(({ stratum, stretch, cost, volume }) => {
    return { stratum, stretch, own: cost - ratios(stratum) * volume };
  });
}

function total<Item>(items: readonly Item[], amountOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + amountOf(item), 0);
}

/** How far the first stretches stray that were seen. */
function stretchesOf(residuals: readonly (readonly Residual[])[]) {
  const first = residuals
    .map((parts) => parts.filter(({ stretch }) => stretch === "first"))
    .filter((parts) => parts.length > 0);
  return { count: first.length, squares: total(first, (parts) => total(parts, ownOf) ** 2) };
}

function ownOf({ own }: Residual): number {
  return own;
}

/** Each unit's expected part of the spread: by its volume, as its kind of traffic strays. */
function expectedSquares(
  units: readonly Unit[],
  residuals: readonly (readonly Residual[])[],
): readonly number[] {
  const spreads = new Map<string, { squares: number; volumes: number }>();
  for (const [index, unit] of units.entries()) {
    for (const stratum of strataIn(unit)) {
      const spread = spreads.get(stratum) ?? { squares: 0, volumes: 0 };
      const own = total(residuals[index] ?? [], (part) =>
        part.stratum === stratum ? part.own : 0,
      );
      spread.squares += own ** 2;
      spread.volumes += volumeOf(unit, stratum) ** 2;
      spreads.set(stratum, spread);
    }
  }
  return units.map((unit) =>
    total([...strataIn(unit)], (stratum) => {
      const { squares, volumes } = spreads.get(stratum) ?? { squares: 0, volumes: 1 };
      return (volumeOf(unit, stratum) ** 2 * squares) / Math.max(volumes, Number.MIN_VALUE);
    }),
  );
}

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
