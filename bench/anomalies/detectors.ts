/** Three ways to alarm on a series, each as the slots at which it would. */
import { type Calendar, findIncidents } from "../../src/domain/statistics/index.ts";

export type Detector = {
  readonly name: string;
  /** Slots at which an alarm is raised; what follows within a day is one alarm with it. */
  readonly alarms: (values: readonly number[], calendar: Calendar) => readonly number[];
};

const LEARNING_DAYS = 28;
const FIXED_TIMES = 2;
const Z_SCORE = 3;

export const DETECTORS: readonly Detector[] = [
  {
    name: "Purser",
    alarms: (values, calendar) =>
      findIncidents({ series: { firstSlot: 0, values }, calendar, excessMin: 0 }).map(
        ({ seenSlot }) => seenSlot,
      ),
  },
  {
    name: "fixed: a day above 2 times the first days' mean",
    alarms: (values, { slotsPerDay }) => {
      const days = Math.min(LEARNING_DAYS, Math.floor(values.length / slotsPerDay / 3));
      const bound = (FIXED_TIMES * sum(values.slice(0, days * slotsPerDay))) / days;
      const high = values.flatMap((_, at) =>
        sum(values.slice(Math.max(0, at - slotsPerDay + 1), at + 1)) > bound ? [at] : [],
      );
      return merged(high, slotsPerDay);
    },
  },
  {
    name: "z-score: a slot 3 deviations above four weeks' mean",
    alarms: (values, { slotsPerDay }) => {
      const memory = LEARNING_DAYS * slotsPerDay;
      const least = Math.min(memory, Math.floor(values.length / 3));
      const high = values.flatMap((value, at) => {
        const past = values.slice(Math.max(0, at - memory), at);
        const mean = sum(past) / Math.max(1, past.length);
        const square = past.reduce((all, one) => all + (one - mean) ** 2, 0) / past.length;
        return at >= least && value > mean + Z_SCORE * Math.sqrt(square) ? [at] : [];
      });
      return merged(high, slotsPerDay);
    },
  },
];

function merged(slots: readonly number[], within: number): readonly number[] {
  let last = Number.NEGATIVE_INFINITY;
  return slots.filter((slot) => {
    const isNew = slot - last > within;
    last = slot;
    return isNew;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
