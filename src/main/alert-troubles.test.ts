import { describe, expect, test } from "vitest";
import { picoUsd } from "../base/index.ts";
import { BudgetBook, readBudget } from "../domain/budgets/index.ts";
import { anomalyTroubles, budgetTroubles, forecastTroubles } from "./alert-troubles.ts";

const NOW_MS = Date.UTC(2026, 10, 19, 10);
const SUBJECT = {
  ...{ key: null, user: "ann", userType: null, team: null, endpoint: null },
  ...{ session: null, model: null, tags: {} },
};

/** A book with one budget of 100 dollars for each user, in which so many are spent. */
function bookWith(spentUsd: number, users: readonly string[] = ["ann"]): BudgetBook {
  const book = new BudgetBook({ balancesMax: 1_000, canonicalModel: (model) => model });
  const reading = readBudget({ name: "each", limit: "$100", window: "day", per: "user" });
  if (reading.kind === "problems") throw new Error(reading.problems[0]?.what);
  book.define([reading.definition]);
  const budget = book.budget("each");
  if (budget === null) throw new Error("the budget was defined");
  const amount = picoUsd(BigInt(Math.round(spentUsd * 1e6)) * 1_000_000n);
  for (const user of users) {
    const times = { openedMs: NOW_MS, lastMs: NOW_MS, isOpen: false };
    book.load(budget, { subject: { ...SUBJECT, user }, ...times, amount }, NOW_MS);
  }
  return book;
}

describe("budgetTroubles", () => {
  test.each([
    [79.99, []],
    [80, [80]],
    [99.99, [80]],
    [100, [100]],
    [250, [100]],
  ])("budgetTroubles of $%d spent of 100 tells of the thresholds %j", (spent, thresholds) => {
    const troubles = budgetTroubles(bookWith(spent), NOW_MS);
    expect(troubles.map(({ data }) => data.threshold)).toEqual(thresholds);
  });

  test("budgetTroubles names the value, once in a window by a key of its own", () => {
    const [first] = budgetTroubles(bookWith(81), NOW_MS);
    expect(first).toMatchObject({ kind: "budget-threshold", once: true });
    expect(first?.text).toContain("budget each for ann");
    const over = budgetTroubles(bookWith(101), NOW_MS);
    const later = budgetTroubles(bookWith(90), NOW_MS);
    expect(over[0]?.key).not.toBe(first?.key);
    expect(later[0]?.key).toBe(first?.key);
  });

  test("budgetTroubles tells of no more than fifty balances at once", () => {
    const users = Array.from({ length: 60 }, (_, index) => `user-${index}`);
    expect(budgetTroubles(bookWith(90, users), NOW_MS)).toHaveLength(50);
  });
});

describe("forecastTroubles", () => {
  const as_of = "2026-11-19T10:00:00.000Z";
  const figures = {
    ...{ budget_usd: "100", spent_usd: "60", left_usd: "40", level: 0.8 },
    ...{ runs_out_at: "2026-11-24T08:00:00.000Z", runs_out_earliest: null, runs_out_latest: null },
  };
  const tell = (chance: number | null, over: object = {}) => {
    const own = { ...figures, chance_to_exceed: chance, ...over };
    const budget = { name: "all", value: null, window: "month", window_ends_at: "2026-12-01" };
    return forecastTroubles({ as_of, defined_budgets: [{ ...budget, figures: own }] });
  };

  test("forecastTroubles tells of a chance of a half and more, and of no lower or unknown one", () => {
    expect([tell(0.499), tell(null)]).toEqual([[], []]);
    const [one] = tell(0.5);
    expect(one).toMatchObject({ key: "forecast/all//2026-12-01", kind: "forecast-exceeds" });
    expect(one?.text).toBe(
      "By a chance of 50%. It is expected to run out at 2026-11-24T08:00:00.000Z.",
    );
  });

  test("forecastTroubles leaves a budget that is spent to its threshold", () => {
    expect(tell(1, { runs_out_at: as_of })).toEqual([]);
  });

  test("forecastTroubles says nothing of a budget that cannot be forecast", () => {
    const none = { name: "tokens", value: null, window: "month", window_ends_at: null };
    expect(forecastTroubles({ as_of, defined_budgets: [{ ...none, figures: null }] })).toEqual([]);
  });
});

describe("anomalyTroubles", () => {
  test("anomalyTroubles names where it is, what explains it, and each user who stands out", () => {
    const found = {
      ...{ key: "spend/all/2026-11-19", metric: "spend", group: null, from: "2026-11-19" },
      ...{ actual: 50, expected: 10, factor: 5 },
    };
    const explained_by = { dimension: "endpoint", value: "agent", share: 0.9 };
    const group = { dimension: "endpoint", value: "agent" };
    const outliers = [{ user: "eve", day: "2026-11-18", usd: "40", times_middle: 12 }];
    const troubles = anomalyTroubles({
      anomalies: [
        { ...found, explained_by },
        { ...found, key: "spend/agent", group, explained_by: null },
      ],
      outliers,
    });
    expect(troubles.map(({ key, title }) => [key, title])).toEqual([
      ["anomaly/spend/all/2026-11-19", "spend of everything is 5 times the expected"],
      ["anomaly/spend/agent", "spend of endpoint=agent is 5 times the expected"],
      ["anomaly/user/eve/2026-11-18", "User eve spent 12 times the middle user"],
    ]);
    expect(troubles[0]?.text).toBe("50 against 10 since 2026-11-19. Mostly endpoint=agent.");
    expect(troubles.every(({ once }) => once)).toBe(true);
  });
});
