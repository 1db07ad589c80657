/** What was spent, slot by slot, as series that a forecast can be made of. */
import { DAY_MS, HOUR_MS, type Instant, instant, type PicoUsd, picoUsd } from "../../base/index.ts";
import {
  type Calendar,
  DAYS_OF_WEEK,
  HOURS_OF_WEEK,
  type Series,
} from "../../domain/statistics/index.ts";
import type { Dimension, Filter, LedgerReader } from "../../stores/contracts/index.ts";
import { HOURLY_DIMENSIONS } from "./read-question.ts";

/** Half a year shows every season by day and week, and keeps an answer small. */
export const HISTORY_DAYS = 182;

export type SpendSeries = {
  /** One value per dimension; `null` for all groups beyond the dearest. */
  readonly group: readonly (string | null)[] | null;
  /**
   * Whole slots, in dollars, up to the one that the present is in. Of hours, where every dimension has
   * hourly sums; else of days.
   */
  readonly history: Series;
  /** Measured, from the time asked for up to the present. */
  readonly spent: PicoUsd;
};

export type SpendHistory = {
  readonly slotMs: number;
  readonly calendar: Calendar;
  /** Where the slot that the present is in begins. */
  readonly slotStart: Instant;
  readonly groups: readonly SpendSeries[];
  readonly total: SpendSeries;
  /** Over the whole history: in no series. */
  readonly estimated: PicoUsd;
};

export type HistoryQuestion = {
  readonly by: readonly Dimension[];
  readonly where: readonly Filter[];
  readonly groupsMax: number;
  readonly now: Instant;
  /** From when on `spent` counts. */
  readonly spentSince: Instant;
};

export async function readSpendHistory(
  reader: LedgerReader,
  question: HistoryQuestion,
): Promise<SpendHistory> {
  const { by, where, now, groupsMax } = question;
  const dimensions = [...by, ...where.map(({ dimension }) => dimension)];
  const isHourly = dimensions.every((dimension) => HOURLY_DIMENSIONS.includes(dimension));
  const slotMs = isHourly ? HOUR_MS : DAY_MS;
  const slot = Math.floor(now / slotMs);
  const firstSlot = Math.floor((now - HISTORY_DAYS * DAY_MS) / slotMs);
  const answer = await reader.series({
    ...{ by, where, groupsMax, slot: isHourly ? "hour" : "day" },
    since: instant(firstSlot * slotMs),
    until: instant((slot + 1) * slotMs),
    measures: ["measured-amount", "estimated-amount"],
  });
  const sinceSlot = Math.floor(question.spentSince / slotMs);
  const make = (group: SpendSeries["group"]): MutableSeries => ({
    group,
    values: new Array<number>(slot - firstSlot).fill(0),
    spent: 0n,
  });
  const places = new Map<number | null, MutableSeries>(
    answer.groups.map((group, place) => [place, make(group)]),
  );
  const total = make([]);
  let estimated = 0n;
  for (const row of answer.rows) {
    const [measured = 0n, guessed = 0n] = row.values;
    const own = places.get(row.group) ?? make(null);
    places.set(row.group, own);
    for (const series of [own, total]) addTo(series, row.slot - firstSlot, measured);
    if (row.slot >= sinceSlot) for (const series of [own, total]) series.spent += measured;
    estimated += guessed;
  }
  const finish = ({ group, values, spent }: MutableSeries): SpendSeries => ({
    group,
    history: { firstSlot, values },
    spent: picoUsd(spent),
  });
  return {
    slotMs,
    calendar: isHourly ? HOURS_OF_WEEK : DAYS_OF_WEEK,
    slotStart: instant(slot * slotMs),
    groups: [...places.values()].map(finish),
    total: finish(total),
    estimated: picoUsd(estimated),
  };
}

type MutableSeries = {
  readonly group: SpendSeries["group"];
  readonly values: number[];
  spent: bigint;
};

/** A forecast reckons with doubles; the slot that is under way is no part of a history. */
function addTo({ values }: MutableSeries, at: number, amount: bigint): void {
  if (at >= 0 && at < values.length) values[at] = (values[at] ?? 0) + Number(amount) / 1e12;
}
