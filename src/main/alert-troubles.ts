/** What operations and budgets say, as troubles to tell of. */
import type { z } from "zod";
import type { BudgetBook } from "../domain/budgets/index.ts";
import type { anomalies, forecast } from "../operations/index.ts";
import type { Trouble } from "../services/alerts/index.ts";

/** Percentages of a budget's cap that are told of, each once in a window. */
const THRESHOLDS = [100, 80] as const;
const CHANCE_MIN = 0.5;
/** Balances that are told of at once: a budget per user may have thousands. */
const BALANCES_MAX = 50;

export function budgetTroubles(book: BudgetBook, nowMs: number): readonly Trouble[] {
  const troubles: Trouble[] = [];
  for (const { name } of book.definitions()) {
    const budget = book.budget(name);
    if (budget === null) continue;
    for (const [value, balance] of budget.balances) {
      const percent = Number((balance.spent(nowMs) * 100n) / (budget.cap > 0n ? budget.cap : 1n));
      const passed = THRESHOLDS.find((threshold) => percent >= threshold);
      if (passed === undefined || troubles.length >= BALANCES_MAX) continue;
      troubles.push({
        key: `budget/${name}/${value}/${passed}/${balance.span.fromMs}`,
        once: true,
        kind: "budget-threshold",
        title: `Budget ${name} is at ${percent}%`,
        text: `${percent}% of budget ${name}${value === "" ? "" : ` for ${value}`} is spent.`,
        data: { budget: name, value, percent, threshold: passed },
      });
    }
  }
  return troubles;
}

export function anomalyTroubles(answer: unknown): readonly Trouble[] {
  const { anomalies: found, outliers } = answer as z.output<typeof anomalies.output>;
  return [
    ...found.map((one): Trouble => {
      const place = one.group === null ? "everything" : `${one.group.dimension}=${one.group.value}`;
      const by = one.explained_by;
      const why = by === null ? "" : ` Mostly ${by.dimension}=${by.value}.`;
      return {
        key: `anomaly/${one.key}`,
        once: true,
        kind: "anomaly",
        title: `${one.metric} of ${place} is ${one.factor} times the expected`,
        text: `${one.actual} against ${one.expected} since ${one.from}.${why}`,
        data: { ...one },
      };
    }),
    ...outliers.map(
      (one): Trouble => ({
        key: `anomaly/user/${one.user}/${one.day}`,
        once: true,
        kind: "anomaly",
        title: `User ${one.user} spent ${one.times_middle} times the middle user`,
        text: `$${one.usd} on ${one.day}.`,
        data: { ...one },
      }),
    ),
  ];
}

/** A budget that is spent already is told of as such, by its threshold. */
export function forecastTroubles(answer: unknown): readonly Trouble[] {
  const { defined_budgets: budgets, as_of: now } = answer as z.output<typeof forecast.output>;
  return budgets.flatMap(({ name, value, window, window_ends_at, figures }): readonly Trouble[] => {
    if (figures === null) return [];
    const { runs_out_at: at } = figures;
    const chance = figures.chance_to_exceed ?? 0;
    if (chance < CHANCE_MIN || at === now) return [];
    const whose = value === null ? "" : ` for ${value}`;
    const when = at === null ? "" : ` It is expected to run out at ${at}.`;
    return [
      {
        key: `forecast/${name}/${value ?? ""}/${window_ends_at}`,
        kind: "forecast-exceeds",
        title: `Budget ${name}${whose} is likely to be exceeded before ${window_ends_at}`,
        text: `By a chance of ${Math.round(chance * 100)}%.${when}`,
        data: { ...figures, budget: name, value, window, window_ends_at },
      },
    ];
  });
}
