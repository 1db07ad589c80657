/** What is watched for being too much, and from which sums it comes. */
import { SERIES_MEASURES, type SeriesMeasure } from "../../stores/contracts/index.ts";

export const METRIC_NAMES = [
  "spend",
  "tokens",
  "cache-miss-share",
  "output-per-call",
  "error-share",
  "unfinished-cost-share",
] as const;
export type Metric = (typeof METRIC_NAMES)[number];

type Sums = readonly (readonly number[])[];

export type MetricDefinition = {
  readonly name: Metric;
  readonly value: (sums: Sums) => readonly number[];
  /** What it is a share of; its own season takes the place where there is nothing. */
  readonly units?: (sums: Sums) => readonly number[];
  readonly excessMin: (excessUsdMin: number) => number;
};

/** Tokens and failures below which a jump is of no interest. */
const EXCESS_TOKENS_MIN = 100_000;
const EXCESS_OUTPUT_TOKENS_MIN = 10_000;
const EXCESS_FAILURES_MIN = 10;
const PICO = 1e12;
const PROMPT = ["input-tokens", "cache-write-tokens", "cache-read-tokens"] as const;

export const METRICS: readonly MetricDefinition[] = [
  {
    name: "spend",
    value: (sums) => dollars(sums, "measured-amount"),
    excessMin: (usd) => usd,
  },
  {
    name: "tokens",
    value: (sums) => added(sums, [...PROMPT, "output-tokens"]),
    excessMin: () => EXCESS_TOKENS_MIN,
  },
  {
    name: "cache-miss-share",
    value: (sums) => added(sums, ["input-tokens", "cache-write-tokens"]),
    units: (sums) => added(sums, PROMPT),
    excessMin: () => EXCESS_TOKENS_MIN,
  },
  {
    name: "output-per-call",
    value: (sums) => added(sums, ["output-tokens"]),
    units: (sums) => added(sums, ["exchanges"]),
    excessMin: () => EXCESS_OUTPUT_TOKENS_MIN,
  },
  {
    name: "error-share",
    value: (sums) => added(sums, ["unfinished-exchanges"]),
    units: (sums) => added(sums, ["exchanges"]),
    excessMin: () => EXCESS_FAILURES_MIN,
  },
  {
    name: "unfinished-cost-share",
    value: (sums) => dollars(sums, "unfinished-amount"),
    units: (sums) => {
      const estimated = dollars(sums, "estimated-amount");
      return dollars(sums, "measured-amount").map((usd, at) => usd + (estimated[at] ?? 0));
    },
    excessMin: (usd) => usd,
  },
];

function column(sums: Sums, name: SeriesMeasure): readonly number[] {
  return sums[SERIES_MEASURES.indexOf(name)] ?? [];
}

function dollars(sums: Sums, name: SeriesMeasure): readonly number[] {
  return column(sums, name).map((amount) => amount / PICO);
}

function added(sums: Sums, names: readonly SeriesMeasure[]): readonly number[] {
  const columns = names.map((name) => column(sums, name));
  return (columns[0] ?? []).map((_, at) =>
    columns.reduce((sum, values) => sum + (values[at] ?? 0), 0),
  );
}
