import { z } from "zod";
import { formatInstant, formatUsd, parseUsd, picoUsd, sumPicoUsd } from "../base/index.ts";
import {
  type Forecast,
  forecastInterval,
  forecastOfParts,
  scaledForecast,
} from "../domain/statistics/index.ts";
import { budgetFigures, definedBudget, toBudgetFigures } from "./forecast/budget-output.ts";
import { forecastOf, type Part, slotsTo, upTo, type View, wordsFor } from "./forecast/carry-on.ts";
import { forecastDefinedBudgets } from "./forecast/defined-budgets.ts";
import {
  MONTH_END,
  monthStart,
  readAttribute,
  readBudget,
  readHorizon,
  readPriceDecline,
} from "./forecast/read-question.ts";
import { readSpendHistory, type SpendHistory, type SpendSeries } from "./forecast/spend-history.ts";
import { defineOperation } from "./operation.ts";
import { time, usd } from "./output-values.ts";
import { DIMENSIONS_MAX, FILTERS_MAX, readFilter } from "./spend-question.ts";

const GROUPS_MAX = 50;
const BUDGETS_MAX = 20;
const LEVELS = [0.8, 0.95] as const;

const interval = z.object({
  level: z.number().describe("How often such an interval holds what comes."),
  low_usd: usd(),
  high_usd: usd(),
});

const figures = z.object({
  spent_this_month_usd: usd().describe("Measured, since the month began (UTC)."),
  state: z
    .enum(["forecast", "young", "stopped", "empty"])
    .describe("What the history allows to say."),
  says: z.string().describe("The same in words, with what cannot be said."),
  season: z.enum(["none", "day", "week", "day-and-week"]),
  expected_usd: usd().describe("From now to the horizon, with prices as they are."),
  intervals: z.array(interval),
  declined_usd: usd()
    .nullable()
    .describe("The same under the stated decline of prices; null without one."),
  declined_intervals: z.array(interval),
});

const group = z.object({
  group: z
    .record(z.string(), z.string().nullable())
    .nullable()
    .describe("Value by dimension; null for all groups beyond the dearest."),
  ...figures.shape,
});

export const forecast = defineOperation({
  name: "forecast",
  path: ["forecast"],
  title: "What will be spent",
  summary:
    "Forecasts spend to the end of the month or any horizon, with intervals, by any grouping.",
  effects: "reads",
  heavy: true,
  input: z.strictObject({
    by: z
      .array(z.string().max(200))
      .max(DIMENSIONS_MAX)
      .default(["endpoint"])
      .describe("What to group by: endpoint, model, team, key, user, tag:NAME and so on."),
    horizon: z
      .string()
      .max(40)
      .default(MONTH_END)
      .describe("Up to when: month-end, a distance such as 12h, 30d or 8w, or a day."),
    where: z
      .array(z.string().max(600))
      .max(FILTERS_MAX)
      .default([])
      .describe('Only these: "endpoint=chat", "team!=search"; may be repeated.')
      .meta({ commas: false }),
    budget: z
      .array(z.string().max(40))
      .max(BUDGETS_MAX)
      .default([])
      .describe("Dollars for this calendar month; tells when they run out. May be repeated."),
    priceDecline: z
      .string()
      .max(40)
      .optional()
      .describe("A decline of prices to reckon with as well: 20%/year or 3%/month."),
    top: z.int().min(1).max(GROUPS_MAX).default(10).describe("How many groups, dearest first."),
  }),
  output: z.object({
    as_of: time(),
    until: time(),
    by: z.array(z.string()),
    slot: z.enum(["hour", "day"]).describe("What the history was read in."),
    history_days: z.number().describe("From the first spend on, at most half a year."),
    groups: z.array(group),
    total: figures,
    budgets: z.array(budgetFigures).describe("Those that were asked for."),
    defined_budgets: z
      .array(definedBudget)
      .describe("Those of purser.yaml and those made by command, whatever was asked for."),
    notes: z.array(z.string()),
  }),
  examples: [
    { says: "to the end of the month, by endpoint", input: {} },
    {
      says: "when 500 dollars for this month run out",
      input: { budget: ["500"], by: ["team"] },
    },
    {
      says: "a year's second half with prices that fall",
      input: { horizon: "26w", priceDecline: "20%/year" },
    },
  ],
  async run(input, context) {
    const now = context.clock.now();
    const until = readHorizon(input.horizon, now);
    const decline = input.priceDecline === undefined ? null : readPriceDecline(input.priceDecline);
    const budgets = input.budget.map(readBudget);
    const by = input.by.map(readAttribute);
    const where = input.where.map(readFilter);
    const reader = await context.ledger();
    const history = await readSpendHistory(reader, {
      ...{ by, where, now, groupsMax: input.top },
      spentSince: monthStart(now, 0),
    });
    const view = { history, now, until, decline };
    const month = { ...view, until: monthStart(now, 1) };
    const ends = [until, month.until];
    const parts = history.groups.map((series) => forecastOf(series, view, ends));
    const whole = forecastOf(history.total, view, ends);
    const total = { ...whole, forecast: forecastOfParts(whole.forecast, forecasts(parts)) };
    const rows = parts.map((part) => toFigures(part, view));
    return {
      as_of: formatInstant(now),
      until: formatInstant(until),
      by: [...by],
      slot: history.calendar.slotsPerDay === 1 ? ("day" as const) : ("hour" as const),
      history_days: whole.forecast.historySlots / history.calendar.slotsPerDay,
      groups: parts.map((part, at) => ({
        group: groupOf(part.series, by),
        ...(rows[at] ?? toFigures(part, view)),
      })),
      total: { ...toFigures(total, view), ...sumsOf(rows) },
      budgets: budgets.map((cap) =>
        toBudgetFigures({ cap, spent: total.series.spent }, total.forecast, month),
      ),
      defined_budgets: [...(await forecastDefinedBudgets(context, reader))],
      notes: notesOf(history),
    };
  },
});

type Asked = View & { readonly decline: ((afterMs: number) => number) | null };

function forecasts(parts: readonly Part[]): readonly Forecast[] {
  return parts.map((part) => part.forecast);
}

function toFigures({ series, forecast }: Part, view: Asked): z.output<typeof figures> {
  const { history, now, decline } = view;
  const slots = slotsTo(view.until, history);
  const asked = scaledForecast(forecast, upTo(view));
  const declined =
    decline === null
      ? null
      : scaledForecast(asked, (slot) => decline(slot * history.slotMs + history.slotStart - now));
  return {
    spent_this_month_usd: formatUsd(series.spent),
    state: forecast.state,
    says: wordsFor(asked, slots),
    season: forecast.season,
    expected_usd: roundedUsd(asked.expected[slots] ?? 0),
    intervals: intervalsOf(asked, slots),
    declined_usd: declined === null ? null : roundedUsd(declined.expected[slots] ?? 0),
    declined_intervals: declined === null ? [] : intervalsOf(declined, slots),
  };
}

/** The groups as they are shown add up to the total as it is shown. */
function sumsOf(
  rows: readonly z.output<typeof figures>[],
): Pick<z.output<typeof figures>, "expected_usd" | "declined_usd"> {
  const declined = rows.flatMap((row) => row.declined_usd ?? []);
  return {
    expected_usd: formatUsd(sumPicoUsd(rows.map((row) => parseUsd(row.expected_usd)))),
    declined_usd:
      rows.length > declined.length ? null : formatUsd(sumPicoUsd(declined.map(parseUsd))),
  };
}

function intervalsOf(forecast: Forecast, slots: number): z.output<typeof interval>[] {
  return LEVELS.flatMap((level) => {
    const found = forecastInterval(forecast, slots, level);
    if (found === null) return [];
    return [{ level, low_usd: roundedUsd(found.low), high_usd: roundedUsd(found.high) }];
  });
}

function groupOf(
  { group: values }: SpendSeries,
  by: readonly string[],
): Record<string, string | null> | null {
  if (values === null) return null;
  return Object.fromEntries(by.map((name, index) => [name, values[index] ?? null]));
}

function notesOf({ estimated }: SpendHistory): string[] {
  if (estimated === 0n) return [];
  return [
    `estimated charges of $${formatUsd(estimated)} in the history are in no figure here: only what was measured is carried on`,
  ];
}

/** An estimate is worth no more than millionths of a dollar. */
function roundedUsd(dollars: number): string {
  return formatUsd(picoUsd(BigInt(Math.round(dollars * 1e6)) * 1_000_000n));
}
