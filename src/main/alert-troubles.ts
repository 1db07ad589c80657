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
    for (const [key, balance] of budget.balances) {
      const percent = Number((balance.spent(nowMs) * 100n) / (budget.cap > 0n ? budget.cap : 1n));
      const passed = THRESHOLDS.find((threshold) => percent >= threshold);
      if (passed === undefined || troubles.length >= BALANCES_MAX) continue;
      const value = key === null || key === undefined ? "" : String(key);
      troubles.push({
        key: `budget/${name}/${value}/${passed}/${balance.span.fromMs}`,
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
        kind: "anomaly",
        title: `${one.metric} of ${place} is ${one.factor} times the expected`,
        text: `${one.actual} against ${one.expected} since ${one.from}.${why}`,
        data: { ...one },
      };
    }),
    ...outliers.map(
      (one): Trouble => ({
        key: `anomaly/user/${one.user}/${one.day}`,
        kind: "anomaly",
        title: `User ${one.user} spent ${one.times_middle} times the middle user`,
        text: `$${one.usd} on ${one.day}.`,
        data: { ...one },
      }),
    ),
  ];
}

export function forecastTroubles(
  answer: unknown,
  budgets: readonly { readonly name: string }[],
): readonly Trouble[] {
  const { budgets: found } = answer as z.output<typeof forecast.output>;
  return found.flatMap((one, index): readonly Trouble[] => {
    const name = budgets[index]?.name ?? "";
    const chance = one.chance_to_exceed ?? 0;
    if (chance < CHANCE_MIN) return [];
    const when =
      one.runs_out_at === null ? "" : ` It is expected to run out at ${one.runs_out_at}.`;
    return [
      {
        key: `forecast/${name}/${one.runs_out_at?.slice(0, 10) ?? ""}`,
        kind: "forecast-exceeds",
        title: `Budget ${name} is likely to be exceeded this month`,
        text: `By a chance of ${Math.round(chance * 100)}%.${when}`,
        data: { ...one, budget: name },
      },
    ];
  });
}
