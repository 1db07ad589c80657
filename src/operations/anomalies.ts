import { z } from "zod";
import { formatInstant, formatUsd, instant, parseUsd, picoUsd } from "../base/index.ts";
import { METRIC_NAMES } from "./anomalies/metrics.ts";
import { type FoundAnomaly, type FoundOutlier, watchSeries } from "./anomalies/watch-series.ts";
import { readHourlyAttribute } from "./forecast/read-question.ts";
import { readMoment } from "./moment.ts";
import { defineOperation } from "./operation.ts";
import { count, time, usd } from "./output-values.ts";
import { DIMENSIONS_MAX } from "./spend-question.ts";

const GROUPS_MAX = 50;

const part = z.object({ dimension: z.string(), value: z.string().nullable() });

const anomaly = z.object({
  key: z.string().describe("The same for the same incident, whenever it is asked for."),
  metric: z.enum(METRIC_NAMES),
  group: part.nullable().describe("Null for the whole."),
  from: time().describe("The beginning of the window that gave it away."),
  seen_at: time().describe("The end of the hour at whose end it was seen."),
  until: time().nullable().describe("Null while it goes on."),
  actual: z.number().describe("Over that window: dollars, tokens or calls."),
  expected: z.number().describe("By its own past, season, or what it is a share of."),
  factor: z.number(),
  factor_bound: z.number().describe("What its own past lets pass."),
  became_level: z
    .boolean()
    .describe("It stayed for three days: a change point, usual from then on."),
  explained_by: part
    .extend({ share: z.number().describe("Share of the excess; above 1 where others fell.") })
    .nullable()
    .describe("Of an excess of the whole: the attribute value with the largest part."),
});

const outlier = z.object({
  user: z.string(),
  day: z.string(),
  usd: usd(),
  times_middle: z.number().describe("How many times the middle user of that day."),
});

export const anomalies = defineOperation({
  name: "anomalies",
  path: ["anomalies"],
  title: "What is out of the ordinary",
  summary:
    "Finds spend, tokens, misses, output, errors and lost cost above their own past and season, and users far above all others.",
  effects: "reads",
  heavy: true,
  input: z.strictObject({
    by: z
      .array(z.string().max(200))
      .min(1)
      .max(DIMENSIONS_MAX)
      .default(["endpoint", "model"])
      .describe("Attributes to look at, each by itself: endpoint, model, team, key, client."),
    since: z
      .string()
      .max(40)
      .default("7d")
      .describe("Only what was seen since: a day, a time, a distance such as 7d or 24h."),
    least: z
      .string()
      .max(40)
      .default("1")
      .describe("Dollars above the expected that are worth telling."),
    top: z.int().min(1).max(GROUPS_MAX).default(10).describe("Dearest values of each attribute."),
  }),
  output: z.object({
    as_of: time(),
    since: time(),
    series_watched: count(),
    anomalies: z.array(anomaly),
    outliers: z.array(outlier).describe("Of the last whole day (UTC)."),
  }),
  examples: [
    { says: "of the last week", input: {} },
    {
      says: "of the last day, by team, from 20 dollars on",
      input: { by: ["team"], since: "24h", least: "20" },
    },
  ],
  isFinding: (output) => output.anomalies.length + output.outliers.length > 0,
  async run(input, context) {
    const now = context.clock.now();
    const since = readMoment(input.since, now, "since");
    const by = input.by.map(readHourlyAttribute);
    const excessUsdMin = Number(parseUsd(input.least)) / 1e12;
    const reader = await context.ledger();
    const found = await watchSeries(reader, {
      ...{ now, since, by, excessUsdMin },
      groupsMax: input.top,
    });
    return {
      as_of: formatInstant(now),
      since: formatInstant(since),
      series_watched: found.seriesWatched,
      anomalies: found.anomalies.map(toAnomaly),
      outliers: found.outliers.map(toOutlier),
    };
  },
});

function toAnomaly(found: FoundAnomaly): z.output<typeof anomaly> {
  const { metric, group, incident, explainedBy } = found;
  const place = group === null ? "all" : `${group.dimension}=${group.value ?? ""}`;
  return {
    key: `${metric}/${place}/${formatInstant(instant(found.from))}`,
    metric,
    group: group === null ? null : { ...group },
    from: formatInstant(found.from),
    seen_at: formatInstant(found.seenAt),
    until: found.until === null ? null : formatInstant(found.until),
    actual: rounded(incident.actual),
    expected: rounded(incident.expected),
    factor: rounded(incident.actual / Math.max(incident.expected, Number.MIN_VALUE)),
    factor_bound: rounded(incident.factorBound),
    became_level: incident.becameLevel,
    explained_by:
      explainedBy === null ? null : { ...explainedBy, share: rounded(explainedBy.share) },
  };
}

function toOutlier({
  user,
  day,
  usd: dollars,
  timesMiddle,
}: FoundOutlier): z.output<typeof outlier> {
  return {
    user,
    day: formatInstant(day).slice(0, 10),
    usd: formatUsd(picoUsd(BigInt(Math.round(dollars * 1e6)) * 1_000_000n)),
    times_middle: rounded(timesMiddle),
  };
}

/** Four digits are more than a judgement is worth. */
function rounded(value: number): number {
  return Number(Math.min(value, 1e15).toPrecision(4));
}
