/**
 * When a series rose above what its own past and season let expect. It walks the series once, slot by
 * slot, and judges each by what lay before it alone: run over a month or at the end of each hour, it
 * finds the same.
 */
import {
  type Calendar,
  type SeasonalProfile,
  type Series,
  seasonalProfile,
} from "../series/index.ts";
import { ExcessHistory } from "./excess-history.ts";

export type IncidentQuestion = {
  /** What is judged: dollars, tokens, calls. */
  readonly series: Series;
  /**
   * What it is judged by, slot by slot: calls, where it is tokens a call. Left out, the series' own
   * season by hour and day takes its place.
   */
  readonly units?: readonly number[];
  readonly calendar: Calendar;
  /** An excess of less than this is of no interest, in the units of the series. */
  readonly excessMin: number;
};

export type Incident = {
  /** The slot from which on the sum was too high, and the one at whose end that was seen. */
  readonly fromSlot: number;
  readonly seenSlot: number;
  /** The last slot of it; `null` while it goes on. */
  readonly lastSlot: number | null;
  /** Over the window that gave it away. */
  readonly actual: number;
  readonly expected: number;
  /** The factor above the expected that the series' own past lets pass. */
  readonly factorBound: number;
  /** It stayed: from its third day on it is the new level, not an incident. */
  readonly becameLevel: boolean;
};

const DAYS_BEFORE_FIRST = 7;
/** Seasons and bounds are read from so many days. */
const MEMORY_DAYS = 28;
/** The level forgets by half in so many days. */
const HALF_LIFE_DAYS = 4;
const LEVEL_AFTER_DAYS = 3;

export function findIncidents(question: IncidentQuestion): readonly Incident[] {
  const walk = new Walk(fromFirst(question));
  walk.question.series.values.forEach((_, at) => {
    walk.step(at);
  });
  walk.finish();
  return walk.incidents;
}

/** Before its first use there was no such series: those slots teach nothing. */
function fromFirst(question: IncidentQuestion): IncidentQuestion {
  const { series, units } = question;
  const first = (units ?? series.values).findIndex((value) => value !== 0);
  if (first <= 0) return question;
  const { firstSlot, values } = series;
  return {
    ...question,
    series: { firstSlot: firstSlot + first, values: values.slice(first) },
    ...(units === undefined ? {} : { units: units.slice(first) }),
  };
}

type Open = { fromSlot: number; at: number; found: Omit<Incident, "lastSlot" | "becameLevel"> };

class Walk {
  readonly incidents: Incident[] = [];
  readonly question: IncidentQuestion;
  /** The series with what was too high put back to what was expected. */
  readonly #usual: number[] = [];
  readonly #expected: number[] = [];
  readonly #excess: ExcessHistory;
  #profile: SeasonalProfile | null = null;
  #sum = 0;
  #weight = 0;
  #open: Open | null = null;

  constructor(question: IncidentQuestion) {
    this.question = question;
    this.#excess = new ExcessHistory(question.calendar.slotsPerDay, MEMORY_DAYS);
  }

  step(at: number): void {
    const { series, calendar } = this.question;
    const actual = series.values[at] ?? 0;
    const { slotsPerDay } = calendar;
    if (at % slotsPerDay === 0) this.#readSeason(at);
    const unit = this.#unitAt(at);
    const level = this.#weight > 0 ? this.#sum / this.#weight : 0;
    const expected = level * unit;
    this.#expected.push(at < DAYS_BEFORE_FIRST * slotsPerDay ? actual : expected);
    const isJudged = at >= DAYS_BEFORE_FIRST * slotsPerDay;
    const isHigh = isJudged && this.#judge(at);
    const usual = isHigh ? Math.min(actual, expected) : actual;
    this.#usual.push(usual);
    const fading = 0.5 ** (1 / (HALF_LIFE_DAYS * slotsPerDay));
    this.#sum = this.#sum * fading + usual;
    this.#weight = this.#weight * fading + unit;
  }

  #readSeason(at: number): void {
    const { series, calendar, units } = this.question;
    if (units !== undefined) return;
    const from = Math.max(0, at - MEMORY_DAYS * calendar.slotsPerDay);
    const values = this.#usual.slice(from, at);
    this.#profile = seasonalProfile({ firstSlot: series.firstSlot + from, values }, calendar);
  }

  #unitAt(at: number): number {
    const { series, units } = this.question;
    return units?.[at] ?? this.#profile?.factor(series.firstSlot + at) ?? 1;
  }

  /** Whether the slot belongs to an incident, one that begins or one that goes on. */
  #judge(at: number): boolean {
    const { series, excessMin, calendar } = this.question;
    const judged = this.#excess.judge({
      actual: series.values,
      expected: this.#expected,
      at,
      excessMin,
    });
    if (this.#open === null) {
      if (judged.worst === null) return false;
      const { slots, ...sums } = judged.worst;
      const fromSlot = series.firstSlot + at - slots + 1;
      this.#open = {
        ...{ fromSlot, at },
        found: { fromSlot, seenSlot: series.firstSlot + at, ...sums },
      };
      return true;
    }
    if (judged.isCalm) return this.#close(at - 1, false);
    if (at - this.#open.at >= LEVEL_AFTER_DAYS * calendar.slotsPerDay) return this.#close(at, true);
    return true;
  }

  /** What stayed high becomes the level: the days of the incident are what is usual from now on. */
  #close(at: number, becameLevel: boolean): false {
    const { series } = this.question;
    const open = this.#open;
    if (open === null) return false;
    this.incidents.push({ ...open.found, lastSlot: series.firstSlot + at, becameLevel });
    this.#open = null;
    if (becameLevel) {
      this.#sum = 0;
      this.#weight = 0;
      for (let slot = open.at; slot < at; slot += 1) {
        this.#sum += series.values[slot] ?? 0;
        this.#weight += this.#unitAt(slot);
        this.#usual[slot] = series.values[slot] ?? 0;
      }
      this.#excess.restart(at);
    }
    return false;
  }

  /** What goes on when the series ends is an incident as well. */
  finish(): void {
    if (this.#open === null) return;
    this.incidents.push({ ...this.#open.found, lastSlot: null, becameLevel: false });
  }
}
