/**
 * How long it takes until a prefix is asked for again, learned from all traffic whether it was cached or
 * not. One survival curve per kind of place: in each span of ages, the share of prefixes still waiting
 * that were asked for. Curves of rare kinds lean on those of commoner ones, and all start from priors.
 */

/** Ends of the spans of age, in milliseconds. Five minutes and an hour must be among them. */
export const AGE_EDGES_MS: readonly number[] = [
  5_000, 15_000, 40_000, 100_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000,
  28_800_000, 57_600_000, 86_400_000,
];
export const AGE_SPANS = AGE_EDGES_MS.length;
const SPANS_SHORT = AGE_EDGES_MS.indexOf(300_000) + 1;
const SPANS_LONG = AGE_EDGES_MS.indexOf(3_600_000) + 1;

/** Weight, in observations, that a curve gives to the one it leans on. */
const LEAN_OBSERVATIONS = 8;
const PRIOR_OBSERVATIONS = 8;
const PROPORTION_OBSERVATIONS = 4;
/** A curve halves what it knows after this many observations, so that it follows traffic that changes. */
const MEMORY_OBSERVATIONS = 4_000;

/** A curve: who came waiting into each span, who is still in it, and who was asked for in it. */
export type GapCurve = {
  readonly waiting: Float64Array;
  readonly inside: Float64Array;
  readonly asked: Float64Array;
  readonly leansOn: GapCurve | null;
};

export function createGapCurve(leansOn: GapCurve | null): GapCurve {
  return {
    waiting: new Float64Array(AGE_SPANS),
    inside: new Float64Array(AGE_SPANS),
    asked: new Float64Array(AGE_SPANS),
    leansOn,
  };
}

/** Chance that a prefix not asked for in an hour is asked for in any later span, before traffic tells. */
const LATE_CHANCE = 0.01;

/** A curve that nothing is learned into: `withinShort` asked for within 5 minutes, then within an hour. */
export function priorCurve(withinShort: number, withinLong: number): GapCurve {
  const curve = createGapCurve(null);
  const early = 1 - (1 - withinShort) ** (1 / SPANS_SHORT);
  const late = 1 - ((1 - withinLong) / (1 - withinShort)) ** (1 / (SPANS_LONG - SPANS_SHORT));
  for (let span = 0; span < AGE_SPANS; span += 1) {
    curve.waiting[span] = 1;
    curve.asked[span] = span < SPANS_SHORT ? early : span < SPANS_LONG ? late : LATE_CHANCE;
  }
  return curve;
}

export function spanOf(ageMs: number): number {
  for (let span = 0; span < AGE_SPANS; span += 1) {
    if (ageMs <= (AGE_EDGES_MS[span] ?? 0)) return span;
  }
  return AGE_SPANS;
}

/** A prefix of this kind came into `span` unasked. It counts for `weight` observations. */
export function learnWaiting(curve: GapCurve, span: number, weight: number): void {
  for (let at: GapCurve | null = curve; at !== null; at = at.leansOn) {
    const waiting = (at.waiting[span] ?? 0) + weight;
    const full = waiting > MEMORY_OBSERVATIONS;
    at.waiting[span] = full ? waiting / 2 : waiting;
    if (full) at.asked[span] = (at.asked[span] ?? 0) / 2;
    at.inside[span] = (at.inside[span] ?? 0) + weight;
  }
}

/** A prefix of this kind left `span`: it grew older, was asked for, or is no longer watched. */
export function learnLeaving(curve: GapCurve, span: number, weight: number): void {
  for (let at: GapCurve | null = curve; at !== null; at = at.leansOn) {
    at.inside[span] = Math.max(0, (at.inside[span] ?? 0) - weight);
  }
}

/** A prefix of this kind was asked for in `span`, after it had come into it. */
export function learnAsked(curve: GapCurve, span: number, weight: number): void {
  for (let at: GapCurve | null = curve; at !== null; at = at.leansOn) {
    at.asked[span] = Math.min((at.asked[span] ?? 0) + weight, at.waiting[span] ?? 0);
  }
}

/**
 * The chance that a prefix still waiting at the start of `span` is asked for in it. One that is still
 * inside has had half its chance, so it counts half.
 */
export function chanceIn(curve: GapCurve, span: number): number {
  const leansOn = curve.leansOn;
  const asked = curve.asked[span] ?? 0;
  const entered = curve.waiting[span] ?? 0;
  const waiting = Math.max(asked, entered - Math.min(entered, curve.inside[span] ?? 0) / 2);
  if (leansOn === null) return waiting === 0 ? 0 : asked / waiting;
  return (asked + LEAN_OBSERVATIONS * chanceIn(leansOn, span)) / (waiting + LEAN_OBSERVATIONS);
}

/**
 * The same chance with doubt against it: two standard deviations below what was seen, nothing before
 * anything was seen. For spending on a prefix that may never be asked for again.
 */
export function doubtedChanceIn(curve: GapCurve, span: number): number {
  const asked = curve.asked[span] ?? 0;
  const waiting = curve.waiting[span] ?? 0;
  return Math.max(0, asked - 2 * Math.sqrt(asked)) / (waiting + LEAN_OBSERVATIONS);
}

/** When the next request comes: within five minutes, after that but within an hour. */
export type NextGap = { readonly short: number; readonly long: number };

export function nextGapOf(curve: GapCurve): NextGap {
  fillChances(curve, CHANCES);
  let waiting = 1;
  for (let span = 0; span < SPANS_SHORT; span += 1) waiting *= 1 - (CHANCES[span] ?? 0);
  const short = 1 - waiting;
  for (let span = SPANS_SHORT; span < SPANS_LONG; span += 1) waiting *= 1 - (CHANCES[span] ?? 0);
  return { short, long: 1 - short - waiting };
}

/** Scratch: chances by span, filled and read within one call. */
const CHANCES = new Float64Array(SPANS_LONG);

/**
 * The chance, by span, that a prefix still waiting at its start is asked for in it. One that is still
 * inside has had half its chance, so it counts half.
 */
function fillChances(curve: GapCurve, chances: Float64Array): void {
  if (curve.leansOn === null) {
    for (let span = 0; span < SPANS_LONG; span += 1) {
      const waiting = curve.waiting[span] ?? 0;
      chances[span] = waiting === 0 ? 0 : (curve.asked[span] ?? 0) / waiting;
    }
    return;
  }
  fillChances(curve.leansOn, chances);
  const lean = curve.leansOn.leansOn === null ? PRIOR_OBSERVATIONS : LEAN_OBSERVATIONS;
  const onPrior = curve.leansOn.leansOn === null;
  let asked = PROPORTION_OBSERVATIONS;
  let expected = PROPORTION_OBSERVATIONS;
  for (let span = 0; span < SPANS_LONG; span += 1) {
    const askedHere = curve.asked[span] ?? 0;
    const entered = curve.waiting[span] ?? 0;
    const waiting = Math.max(askedHere, entered - Math.min(entered, curve.inside[span] ?? 0) / 2);
    const before = chances[span] ?? 0;
    const leaning = onPrior ? Math.min(0.99, before * (asked / expected)) : before;
    chances[span] = (askedHere + lean * leaning) / (waiting + lean);
    asked += askedHere;
    expected += waiting * before;
  }
}
