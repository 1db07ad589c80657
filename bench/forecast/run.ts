/**
 * `npm run bench:forecast`: how good forecasts are, and whether their intervals hold at the rate that
 * they claim. Writes docs/reference/forecast-measured.md unless told `--dry`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { HOURS_OF_WEEK } from "../../src/domain/statistics/index.ts";
import { rollingTrials, type Score, scoreOf } from "./measure.ts";
import { makeSeries, SERIES_KINDS } from "./synthetic-series.ts";
import { TRACE_SCALES, traceFolder, traceSeries } from "./trace-series.ts";

const { values: flags } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    dry: { type: "boolean", default: false },
  },
});
const SEEDS = Number(flags.seeds);
const PAGE = join(import.meta.dirname, "..", "..", "docs", "reference", "forecast-measured.md");
/** Days of history and days ahead. */
const SYNTHETIC = [
  [14, 7],
  [28, 1],
  [28, 7],
  [28, 28],
  [90, 7],
  [90, 28],
] as const;
const DAYS_BEFORE_FIRST = 10;

const HEADINGS = [
  "forecasts",
  "error",
  "naive",
  "seasonal naive",
  "80% held",
  "95% held",
  "width of 95%",
  "no interval",
];

function cells(score: Score): readonly string[] {
  const percent = (value: number): string =>
    Number.isNaN(value) ? "-" : `${(value * 100).toFixed(0)}%`;
  return [
    String(score.forecasts),
    percent(score.error),
    percent(score.naiveError),
    percent(score.seasonalNaiveError),
    percent(score.held80),
    percent(score.held95),
    percent(score.width95),
    String(score.withoutInterval),
  ];
}

function table(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  const rule = [...names.map(() => "---"), ...HEADINGS.map(() => "---:")];
  return [line([...names, ...HEADINGS]), line(rule), ...rows.map(line)].join("\n");
}

async function traceRows(): Promise<readonly (readonly string[])[]> {
  const folder = traceFolder();
  if (folder === null) return [];
  const rows: (readonly string[])[] = [];
  for (const scale of TRACE_SCALES) {
    const values = await traceSeries(folder, scale);
    const calendar = { slotsPerDay: scale.slotsPerDay, daysPerWeek: 7 };
    const unit = (scale.slotMs * scale.slotsPerDay) / 60_000;
    for (const days of scale.horizons) {
      const trials = rollingTrials(values, calendar, { from: DAYS_BEFORE_FIRST, days });
      const span = unit >= 1_440 ? `${days} d` : `${days * unit} min`;
      const name = scale.lines > 1 ? `${scale.name}, ${scale.lines} lines` : scale.name;
      rows.push([name, `${scale.slotMs / 1000} s`, span, ...cells(scoreOf(trials, calendar))]);
      process.stdout.write(`${rows.at(-1)?.join(" | ")}\n`);
    }
  }
  return rows;
}

function syntheticRows(): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  for (const kind of SERIES_KINDS) {
    for (const [history, ahead] of SYNTHETIC) {
      const trials = Array.from({ length: SEEDS }, (_, seed) => {
        const values = makeSeries(kind, history + ahead, 1 + seed * 7_919 + history);
        return { history: values.slice(0, history * 24), future: values.slice(history * 24) };
      });
      const score = cells(scoreOf(trials, HOURS_OF_WEEK));
      rows.push([kind.name, `${history} d`, `${ahead} d`, ...score]);
      process.stdout.write(`${rows.at(-1)?.join(" | ")}\n`);
    }
  }
  return rows;
}

const traces = await traceRows();
const synthetic = syntheticRows();
const page = `<!-- Written by \`npm run bench:forecast\`. -->
# Forecasts, measured

What a forecast said beside what came. *Error* is the mean distance, as a share of the mean of what came;
*naive* is "as much as in the last window of this length", *seasonal naive* is "each slot as a week before". *Held* is how
often an interval held what came: it should be what it claims.

## Public traces

Yesterday foretells today, at several scales: a forecast from each "day" of the scale on, with all that was known
before it. A trace of an hour has no nights, so its "day" is twelve slots and its "week" seven of those; the
conversations of the Claude Code traces carry no date, and are laid end to end, in one line or in several at
once. No public trace here has a season by day; the series below do.

${traces.length === 0 ? "The traces were not there when this page was written." : table(["trace", "slot", "horizon"], traces)}

Forecasts of neighbouring days overlap, so that a trace holds far fewer independent trials than forecasts.

## Series of a known law

${SEEDS} seeds of each. A slot is an hour.

${table(["series", "history", "horizon"], synthetic)}
`;
if (!flags.dry) writeFileSync(PAGE, page);
