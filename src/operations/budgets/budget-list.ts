import { z } from "zod";
import type { Balance, Budget } from "../../domain/budgets/index.ts";
import { defineOperation } from "../operation.ts";
import { balanceOutput, budgetOutput, toBalanceOutput, toBudgetOutput } from "./budget-output.ts";
import { allBudgets, currentBook } from "./current-book.ts";

const TOP_MAX = 10_000;

export const budgetList = defineOperation({
  name: "budget-list",
  path: ["budget", "list"],
  title: "Every budget, and what is left of it",
  summary: "Shows what is spent, reserved and left of every budget, and when it resets.",
  effects: "reads",
  input: z.strictObject({
    top: z
      .int()
      .min(1)
      .max(TOP_MAX)
      .default(20)
      .describe("Of a budget with `per`, so many balances, those used up furthest first."),
  }),
  output: z.object({
    from: z
      .enum(["gateway", "ledger"])
      .describe("The running gateway's own balances, or what the ledger has on record."),
    budgets: z.array(
      budgetOutput.extend({
        balances: z.array(balanceOutput),
        balances_left_out: z.int().min(0),
      }),
    ),
  }),
  examples: [{ says: "all of them", input: {} }],
  async run({ top }, context) {
    const budgets = await allBudgets(context);
    const { book, from } = await currentBook(context, budgets);
    const nowMs = context.clock.now();
    const sources = new Map(budgets.map(({ budget, source }) => [budget.name, source]));
    return {
      from,
      budgets: book.budgets.map((budget) => {
        const { name } = budget.definition;
        const all = balancesOf(budget, nowMs);
        return {
          ...toBudgetOutput(budget.definition, sources.get(name) ?? "command"),
          balances: all.slice(0, top).map((balance) => toBalanceOutput(budget, balance, nowMs)),
          balances_left_out: Math.max(0, all.length - top),
        };
      }),
    };
  },
});

/** One for all is shown though nothing was spent; of others, those that exist. */
export function balancesOf(budget: Budget, nowMs: number): readonly (Balance | null)[] {
  budget.roll(nowMs);
  if (budget.definition.per === null) return [budget.find("", nowMs)];
  const current = [...budget.balances.keys()].flatMap((key) => budget.find(key, nowMs) ?? []);
  return current.toSorted((left, right) => {
    const difference = left.left(nowMs) - right.left(nowMs);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  });
}
