/**
 * `npm run proof:anomalies`: what the detector finds of incidents that were put in, how late, and how
 * often it cries wolf; beside a fixed threshold and a z-score. Writes docs/reference/anomalies-measured.md.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../../src/base/index.ts";
import { type Calendar, HOURS_OF_WEEK } from "../../src/domain/statistics/index.ts";
import { makeSeries, SERIES_KINDS } from "../forecast/synthetic-series.ts";
import { TRACE_SCALES, traceFolder, traceSeries } from "../forecast/trace-series.ts";
import { DETECTORS, type Detector } from "./detectors.ts";

const { values: flags } = parseArgs({
  options: {
    seeds: { type: "string", default: "40" },
    dry: { type: "boolean", default: false },
  },
});
const SEEDS = Number(flags.seeds);
const PAGE = join(import.meta.dirname, "..", "..", "docs", "reference", "anomalies-measured.md");
const DAYS = 88;
const LEARNING_DAYS = 28;
const SLOTS_A_MONTH = 720;
const TIMES = 3;
/** Incidents put into one trace, one at a time. */
const PLACES = 12;

type Series = {
  readonly values: readonly number[];
  readonly learning: number;
  readonly seed: number;
};
type Case = {
  readonly name: string;
  readonly series: readonly Series[];
  readonly calendar: Calendar;
};
type Result = { alarms: number; months: number; tried: number; found: number; delays: number };

/** A day of three times as much, from a random slot after the learning on. */
function judge(detector: Detector, { series, calendar }: Case, incidents: number): Result {
  const result = { alarms: 0, months: 0, tried: 0, found: 0, delays: 0 };
  const day = calendar.slotsPerDay;
  for (const { values, learning, seed } of series) {
    const from = learning * day;
    result.alarms += detector.alarms(values, calendar).filter((slot) => slot >= from).length;
    result.months += (values.length - from) / SLOTS_A_MONTH;
    const random = seededRandom(seed + 1);
    for (let incident = 0; incident < incidents; incident += 1) {
      const at = from + Math.floor(random.next() * (values.length - from - 2 * day));
      const raised = values.map((value, slot) =>
        slot >= at && slot < at + day ? TIMES * value : value,
      );
      const seen = detector.alarms(raised, calendar).find((slot) => slot >= at && slot < at + day);
      result.tried += 1;
      if (seen === undefined) continue;
      result.found += 1;
      result.delays += seen - at + 1;
    }
  }
  return result;
}

function rowOf(name: string, detector: Detector, result: Result): readonly string[] {
  const { alarms, months, tried, found, delays } = result;
  return [
    name,
    detector.name,
    `${((100 * found) / tried).toFixed(0)}%`,
    found === 0 ? "-" : (delays / found).toFixed(1),
    ((100 * alarms) / months).toFixed(1),
  ];
}

const synthetic: readonly Case[] = SERIES_KINDS.map((kind) => ({
  name: kind.name,
  calendar: HOURS_OF_WEEK,
  series: Array.from({ length: SEEDS }, (_, seed) => ({
    ...{ seed, learning: LEARNING_DAYS },
    values: makeSeries(kind, DAYS, 7_001 * (seed + 1)),
  })),
}));

async function traces(): Promise<readonly Case[]> {
  const folder = traceFolder();
  if (folder === null) return [];
  return Promise.all(
    TRACE_SCALES.map(async (scale) => {
      const values = await traceSeries(folder, scale);
      const calendar = { slotsPerDay: scale.slotsPerDay, daysPerWeek: 7 };
      const days = Math.floor(values.length / scale.slotsPerDay);
      return {
        name: `${scale.name}, slots of ${scale.slotMs / 1000} s, ${scale.lines} at once`,
        ...{ calendar, series: [{ values, learning: Math.floor(days / 3), seed: 1 }] },
      };
    }),
  );
}

function measured(cases: readonly Case[], incidents: number): readonly (readonly string[])[] {
  return cases.flatMap((one) =>
    DETECTORS.map((detector) => {
      const row = rowOf(one.name, detector, judge(detector, one, incidents));
      process.stdout.write(`${row.join(" | ")}\n`);
      return row;
    }),
  );
}

function table(rows: readonly (readonly string[])[]): string {
  const heads = ["series", "detector", "found", "delay in slots", "false alarms"];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(heads), line(["---", "---", "---:", "---:", "---:"]), ...rows.map(line)].join("\n");
}

const recorded = measured(await traces(), PLACES);
const made = measured(synthetic, 1);
const page = `<!-- Written by \`npm run proof:anomalies\`. -->
# Anomalies, measured

A day of three times as much is put into a series at a random slot. *Found*: an alarm within that day.
*Delay*: slots from the beginning of the incident to the alarm. *False alarms*: on the same series without any
incident, for a month (720 slots) of 100 series. The first four weeks, of traces the first third, are for
learning.

## Series of a known law

${SEEDS} seeds of each, ${DAYS} days of hours, one incident in each.

${table(made)}

## Public traces

${PLACES} incidents in each, one at a time. The "day" of a trace of an hour is twelve slots. Traces are short:
one false alarm in them reads as dozens a month of 100 series.

${recorded.length === 0 ? "The traces were not there when this page was written." : table(recorded)}
`;
if (!flags.dry) writeFileSync(PAGE, page);
