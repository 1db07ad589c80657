import { z } from "zod";
import { PurserError } from "../../base/index.ts";
import { defineOperation } from "../operation.ts";
import { budgetName } from "./budget-fields.ts";
import { balancesOf } from "./budget-list.ts";
import { balanceOutput, budgetOutput, toBalanceOutput, toBudgetOutput } from "./budget-output.ts";
import { allBudgets, currentBook } from "./current-book.ts";

const BALANCES_MAX = 10_000;

export const budgetShow = defineOperation({
  name: "budget-show",
  path: ["budget", "show"],
  title: "One budget",
  summary: "Shows a budget with every one of its balances.",
  effects: "reads",
  positional: "name",
  input: z.strictObject({ name: budgetName() }),
  output: budgetOutput.extend({
    from: z.enum(["gateway", "ledger"]),
    balances: z.array(balanceOutput),
    balances_left_out: z.int().min(0),
  }),
  examples: [{ says: "by its name", input: { name: "search-month" } }],
  async run({ name }, context) {
    const budgets = await allBudgets(context);
    const { book, from } = await currentBook(context, budgets);
    const budget = book.budget(name);
    if (budget === null) {
      throw new PurserError("BUDGET_NOT_FOUND", { what: `there is no budget named ${name}` });
    }
    const nowMs = context.clock.now();
    const source = budgets.find(({ budget: { name: own } }) => own === name)?.source ?? "command";
    const all = balancesOf(budget, nowMs);
    return {
      ...toBudgetOutput(budget.definition, source),
      from,
      balances: all
        .slice(0, BALANCES_MAX)
        .map((balance) => toBalanceOutput(budget, balance, nowMs)),
      balances_left_out: Math.max(0, all.length - BALANCES_MAX),
    };
  },
});
