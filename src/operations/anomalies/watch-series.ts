/** Looks over the ledger's series for what is too much, and says what explains it. */
import { DAY_MS, HOUR_MS, type Instant, instant } from "../../base/index.ts";
import {
  findIncidents,
  findOutliers,
  HOURS_OF_WEEK,
  type Incident,
} from "../../domain/statistics/index.ts";
import {
  type Dimension,
  type LedgerReader,
  SERIES_MEASURES,
  type SeriesAnswer,
} from "../../stores/contracts/index.ts";
import { METRICS, type Metric } from "./metrics.ts";

/** What a detector is given to learn from. */
const HISTORY_DAYS = 42;
const HOURS = HISTORY_DAYS * 24;
/** The mean of so many hours before an incident is what its parts are held against. */
const HOURS_BEFORE = 7 * 24;
const USERS_MAX = 2_000;

export type WatchQuestion = {
  readonly now: Instant;
  /** Incidents that were seen before are left out. */
  readonly since: Instant;
  /** Each looked at by itself, beside the whole. */
  readonly by: readonly Dimension[];
  readonly groupsMax: number;
  /** Dollars; an excess of less is of no interest. */
  readonly excessUsdMin: number;
};

export type FoundAnomaly = {
  readonly metric: Metric;
  /** `null` for the whole. */
  readonly group: Group | null;
  readonly from: Instant;
  readonly seenAt: Instant;
  /** `null` while it goes on. */
  readonly until: Instant | null;
  readonly incident: Incident;
  /** The attribute value whose own excess is the largest part; `null` where none is known. */
  readonly explainedBy: (Group & { readonly share: number }) | null;
};

export type Group = { readonly dimension: Dimension; readonly value: string | null };

export type FoundOutlier = {
  readonly user: string;
  readonly day: Instant;
  readonly usd: number;
  readonly timesMiddle: number;
};

export type WatchAnswer = {
  readonly anomalies: readonly FoundAnomaly[];
  readonly outliers: readonly FoundOutlier[];
  readonly seriesWatched: number;
};

/** Sums by measure, one list a measure, hour by hour. */
type Sums = readonly (readonly number[])[];
type Watched = { readonly group: Group | null; readonly sums: Sums };

export async function watchSeries(
  reader: LedgerReader,
  question: WatchQuestion,
): Promise<WatchAnswer> {
  const untilSlot = Math.floor(question.now / HOUR_MS);
  const firstSlot = untilSlot - HOURS;
  const watched: Watched[] = [];
  for (const dimension of question.by) {
    const answer = await reader.series({
      ...{ slot: "hour", by: [dimension], where: [], measures: SERIES_MEASURES },
      ...{ groupsMax: question.groupsMax, since: instant(firstSlot * HOUR_MS) },
      until: instant(untilSlot * HOUR_MS),
    });
    if (watched.length === 0) watched.push({ group: null, sums: sumsOf(answer, firstSlot, null) });
    answer.groups.forEach(([value = null], place) => {
      watched.push({ group: { dimension, value }, sums: sumsOf(answer, firstSlot, place) });
    });
  }
  const anomalies = watched.flatMap((one) => anomaliesOf(one, { question, firstSlot, watched }));
  return {
    anomalies: anomalies.sort((left, right) => right.seenAt - left.seenAt),
    outliers: await outliersOf(reader, question),
    seriesWatched: watched.length * METRICS.length,
  };
}

/** `null` adds all groups up. */
function sumsOf(answer: SeriesAnswer, firstSlot: number, place: number | null): Sums {
  const sums = SERIES_MEASURES.map(() => new Array<number>(HOURS).fill(0));
  for (const row of answer.rows) {
    if (place !== null && row.group !== place) continue;
    row.values.forEach((value, measure) => {
      const own = sums[measure];
      const at = row.slot - firstSlot;
      if (own !== undefined) own[at] = (own[at] ?? 0) + Number(value);
    });
  }
  return sums;
}

type Setting = {
  readonly question: WatchQuestion;
  readonly firstSlot: number;
  readonly watched: readonly Watched[];
};

function anomaliesOf(one: Watched, setting: Setting): readonly FoundAnomaly[] {
  const { question, firstSlot } = setting;
  return METRICS.flatMap((metric) => {
    const values = metric.value(one.sums);
    const units = metric.units?.(one.sums);
    const incidents = findIncidents({
      series: { firstSlot, values },
      calendar: HOURS_OF_WEEK,
      excessMin: metric.excessMin(question.excessUsdMin),
      ...(units === undefined ? {} : { units }),
    });
    return incidents
      .filter(({ seenSlot }) => endOf(seenSlot) > question.since)
      .map(
        (incident): FoundAnomaly => ({
          ...{ metric: metric.name, group: one.group, incident },
          from: instant(incident.fromSlot * HOUR_MS),
          seenAt: endOf(incident.seenSlot),
          until: incident.lastSlot === null ? null : endOf(incident.lastSlot),
          explainedBy: one.group === null ? explanation(incident, metric, setting) : null,
        }),
      );
  });
}

function endOf(slot: number): Instant {
  return instant((slot + 1) * HOUR_MS);
}

/** Each part against its own mean of the week before: the one with the largest excess. */
function explanation(
  { fromSlot, seenSlot }: Incident,
  metric: (typeof METRICS)[number],
  { firstSlot, watched }: Setting,
): FoundAnomaly["explainedBy"] {
  const [from, to] = [fromSlot - firstSlot, seenSlot - firstSlot + 1];
  const excessOf = ({ sums }: Watched): number => {
    const values = metric.value(sums);
    const before = values.slice(Math.max(0, from - HOURS_BEFORE), from);
    const usual = total(before) / Math.max(1, before.length);
    return total(values.slice(from, to)) - usual * (to - from);
  };
  const whole = watched.find(({ group }) => group === null);
  const all = whole === undefined ? 0 : excessOf(whole);
  if (all <= 0) return null;
  let most: FoundAnomaly["explainedBy"] = null;
  for (const part of watched) {
    if (part.group === null) continue;
    const share = excessOf(part) / all;
    if (most === null || share > most.share) most = { ...part.group, share };
  }
  return most;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Users of the last whole day against one another. */
async function outliersOf(
  reader: LedgerReader,
  { now, excessUsdMin }: WatchQuestion,
): Promise<readonly FoundOutlier[]> {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const answer = await reader.series({
    ...{ slot: "day", by: ["user"], where: [], measures: ["measured-amount"] },
    ...{ groupsMax: USERS_MAX, since: instant(today - DAY_MS), until: instant(today) },
  });
  const spent = answer.groups.map(([user = null], place) => {
    const row = answer.rows.find(({ group }) => group === place);
    return { user, usd: Number(row?.values[0] ?? 0n) / 1e12 };
  });
  return findOutliers(spent.map(({ usd }) => usd)).flatMap(({ at, timesMiddle }) => {
    const { user = null, usd = 0 } = spent[at] ?? {};
    const isLarge = user !== null && usd >= excessUsdMin;
    return isLarge ? [{ user, usd, timesMiddle, day: instant(today - DAY_MS) }] : [];
  });
}
