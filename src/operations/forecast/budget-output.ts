/** How a forecast tells of a budget, whether it was asked for or is defined. */
import { z } from "zod";
import { formatInstant, formatUsd, type Instant, type PicoUsd, picoUsd } from "../../base/index.ts";
import { type Forecast, scaledForecast } from "../../domain/statistics/index.ts";
import { time, usd } from "../output-values.ts";
import { RUN_OUT_LEVEL, slotsTo, upTo, type View } from "./carry-on.ts";
import { runOut } from "./run-out.ts";

export const budgetFigures = z.object({
  budget_usd: usd(),
  spent_usd: usd(),
  left_usd: usd(),
  runs_out_at: time().nullable().describe("Expected; null when not before the window ends."),
  runs_out_earliest: time().nullable(),
  runs_out_latest: time().nullable(),
  level: z.number(),
  chance_to_exceed: z.number().nullable().describe("Before the window ends; null: cannot be said."),
});

export const definedBudget = z.object({
  name: z.string(),
  value: z.string().nullable().describe("Of a budget kept per attribute: the one this is about."),
  window: z.string().nullable().describe("month, week Europe/Berlin; null: it cannot be read."),
  window_ends_at: time().nullable(),
  state: z
    .enum(["forecast", "young", "stopped", "empty", "not-forecast"])
    .describe("What the history allows to say; not-forecast: no such budget can be forecast."),
  says: z.string().describe("The same in words, with why not where it cannot be."),
  figures: budgetFigures
    .nullable()
    .describe("Spent as the budget counts it: an unknown cost at its worst case."),
});
export type DefinedBudget = z.output<typeof definedBudget>;

export type Amounts = { readonly cap: PicoUsd; readonly spent: PicoUsd };

/** `until` of the view is the end of the budget's window. */
export function toBudgetFigures(
  { cap, spent }: Amounts,
  forecast: Forecast,
  view: View,
): z.output<typeof budgetFigures> {
  const { history, now, until } = view;
  const found = runOut({
    ...{ budget: cap, spent, now, until, level: RUN_OUT_LEVEL },
    forecast: scaledForecast(forecast, upTo(view)),
    ...{ slotStart: history.slotStart, slotMs: history.slotMs },
    slotsLeft: slotsTo(until, history),
  });
  return {
    budget_usd: formatUsd(cap),
    spent_usd: formatUsd(spent),
    left_usd: formatUsd(picoUsd(cap - spent)),
    runs_out_at: timeOrNull(found.expectedAt),
    runs_out_earliest: timeOrNull(found.earliestAt),
    runs_out_latest: timeOrNull(found.latestAt),
    level: RUN_OUT_LEVEL,
    chance_to_exceed: found.chance === null ? null : Math.round(found.chance * 1000) / 1000,
  };
}

function timeOrNull(value: Instant | null): string | null {
  return value === null ? null : formatInstant(value);
}
