/**
 * A series: one value for each slot of time, without gaps. Slots are counted from the epoch, so that a
 * slot's number says its hour of the day and its day of the week.
 */
export type Series = {
  /** The number of the first slot. */
  readonly firstSlot: number;
  readonly values: readonly number[];
};

/** How slots make up a day and days a week. Nothing here depends on what a day is called. */
export type Calendar = {
  /** 24 for hours, 1 for days. */
  readonly slotsPerDay: number;
  readonly daysPerWeek: number;
};

export const HOURS_OF_WEEK: Calendar = { slotsPerDay: 24, daysPerWeek: 7 };
export const DAYS_OF_WEEK: Calendar = { slotsPerDay: 1, daysPerWeek: 7 };

export function slotOfDay(slot: number, { slotsPerDay }: Calendar): number {
  return ((slot % slotsPerDay) + slotsPerDay) % slotsPerDay;
}

export function dayOfWeek(slot: number, { slotsPerDay, daysPerWeek }: Calendar): number {
  return ((Math.floor(slot / slotsPerDay) % daysPerWeek) + daysPerWeek) % daysPerWeek;
}

/** The first `length` slots of a series: what was known then. */
export function beginningOf(series: Series, length: number): Series {
  return { firstSlot: series.firstSlot, values: series.values.slice(0, length) };
}

/** From its first slot that is not zero on: before that there was no such series. */
export function fromFirstUse(series: Series): Series {
  const first = series.values.findIndex((value) => value !== 0);
  if (first <= 0) return first === 0 ? series : { firstSlot: series.firstSlot, values: [] };
  return { firstSlot: series.firstSlot + first, values: series.values.slice(first) };
}

/** Sums from the beginning: entry `n` is the sum of the first `n` values. */
export function runningSums(values: readonly number[]): Float64Array {
  const sums = new Float64Array(values.length + 1);
  values.forEach((value, index) => {
    sums[index + 1] = (sums[index] ?? 0) + value;
  });
  return sums;
}

/** The sum of the values from `from` (included) to `to` (excluded). */
export function sumBetween(sums: Float64Array, from: number, to: number): number {
  return (sums[to] ?? 0) - (sums[from] ?? 0);
}
