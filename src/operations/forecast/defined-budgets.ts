/** When each budget that is defined runs out; one that cannot be forecast is named with the reason. */
import { formatInstant, type Instant, instant, picoUsd } from "../../base/index.ts";
import {
  type AuthoredBudget,
  type Budget,
  type BudgetBook,
  type BudgetDefinition,
  type BudgetReading,
  formatBudgetWindow,
  readBudget,
} from "../../domain/budgets/index.ts";
import { canonicalModel } from "../../domain/catalogue/index.ts";
import type { LedgerReader } from "../../stores/contracts/index.ts";
import { allBudgets, bookOfLedger } from "../budgets/current-book.ts";
import type { OperationContext } from "../context.ts";
import {
  type BalanceSeries,
  type BudgetHistory,
  type BudgetLedger,
  readBudgetHistory,
} from "./budget-history.ts";
import { type DefinedBudget, toBudgetFigures } from "./budget-output.ts";
import { forecastOf, slotsTo, wordsFor } from "./carry-on.ts";
import { HOURLY_DIMENSIONS } from "./read-question.ts";

/** Of a budget kept per attribute, so many values are forecast: those with the most spent. */
const VALUES_MAX = 10;
/** Each takes a tenth of a second. */
const FORECASTS_MAX = 100;

/** Errors: `STATE_*` and those of the ledger; a budget that cannot be forecast is none. */
export async function forecastDefinedBudgets(
  context: OperationContext,
  reader: LedgerReader,
): Promise<readonly DefinedBudget[]> {
  const now = context.clock.now();
  const written = (await allBudgets(context)).map(({ budget }) => budget);
  const readings = written.map((budget, at) => {
    const isTaken = written.findIndex(({ name }) => name === budget.name) < at;
    return isTaken ? notForecast(budget.name, null, "another has the same name") : read(budget);
  });
  const definitions = readings.flatMap((one) => ("definition" in one ? [one.definition] : []));
  const catalogue = context.catalogue();
  const ledger = { reader, canonical: (model: string) => canonicalModel(catalogue, model), now };
  const book = await bookOfLedger(context, definitions);
  const told: DefinedBudget[] = [];
  for (const one of readings) {
    if (!("definition" in one)) told.push(one);
    else told.push(...(await tellOf(one.definition, { book, ledger, told: told.length })));
  }
  return told;
}

type Setting = {
  readonly book: BudgetBook;
  readonly ledger: BudgetLedger;
  /** Forecasts that were made before. */
  readonly told: number;
};

async function tellOf(
  definition: BudgetDefinition,
  { book, ledger, told }: Setting,
): Promise<readonly DefinedBudget[]> {
  const { name, window } = definition;
  const budget = book.budget(name);
  const not = (says: string) => [notForecast(name, formatBudgetWindow(window), says)];
  if (budget === null) return not("it is not in the book");
  const untilMs = budget.span?.untilMs ?? null;
  if (untilMs === null) return not("its window has no end in the calendar");
  if (told >= FORECASTS_MAX) return not(`${FORECASTS_MAX} forecasts stand above it already`);
  const history = await readBudgetHistory(budget, ledger);
  if (history === null) return not("its calls have too many values to be told apart");
  const series = history.balances.slice(0, VALUES_MAX);
  const view = { history, now: ledger.now, until: instant(untilMs) };
  const found = series.map((one) => tellOne(budget, one, view));
  const left = history.balances.length - series.length;
  return left === 0 ? found : [...found, ...not(`${left} other values, each with less spent`)];
}

function tellOne(
  { definition, cap }: Budget,
  { key, spent, series }: BalanceSeries,
  view: { readonly history: BudgetHistory; readonly now: Instant; readonly until: Instant },
): DefinedBudget {
  const { forecast } = forecastOf(series, view, [view.until]);
  return {
    name: definition.name,
    value: definition.per === null ? null : key,
    window: formatBudgetWindow(definition.window),
    window_ends_at: formatInstant(view.until),
    state: forecast.state,
    says: wordsFor(forecast, slotsTo(view.until, view.history)),
    figures: toBudgetFigures({ cap: picoUsd(cap), spent: picoUsd(spent) }, forecast, view),
  };
}

function notForecast(name: string, window: string | null, says: string): DefinedBudget {
  return {
    ...{ name, window, says, value: null, window_ends_at: null, figures: null },
    state: "not-forecast",
  };
}

type Read = DefinedBudget | Extract<BudgetReading, { readonly kind: "budget" }>;

function read(budget: AuthoredBudget): Read {
  const reading = readBudget(budget);
  if (reading.kind === "problems") {
    const [first] = reading.problems;
    return notForecast(budget.name, null, `it cannot be read: ${first?.what ?? "unknown"}`);
  }
  const { definition } = reading;
  const says = whyNot(definition);
  return says === null
    ? reading
    : notForecast(definition.name, formatBudgetWindow(definition.window), says);
}

/** `null`: it can be forecast. */
function whyNot({ window, unit, match, per }: BudgetDefinition): string | null {
  if (unit !== "usd") return `it counts ${unit}, and forecasts are of dollars`;
  if (!("timeZone" in window)) return "its window has no end in the calendar";
  const names = [...Object.keys(match), ...(per === null ? [] : [per])];
  const unknown = names.find((name) => !(HOURLY_DIMENSIONS as readonly string[]).includes(name));
  return unknown === undefined ? null : `there are no hourly sums by ${unknown}`;
}
