import { z } from "zod";
import { PurserError } from "../../base/index.ts";
import type { AuthoredBudget } from "../../domain/budgets/index.ts";
import type { OperationContext } from "../context.ts";
import { defineOperation } from "../operation.ts";
import { authoredOf, budgetFields, budgetName, definitionOf, limitField } from "./budget-fields.ts";
import { budgetOutput, toBudgetOutput } from "./budget-output.ts";

export const budgetEdit = defineOperation({
  name: "budget-edit",
  path: ["budget", "edit"],
  title: "Change a budget",
  summary:
    "Changes what is said and keeps the rest. What was spent stays spent, unless it counts other calls.",
  effects: "changes",
  positional: "name",
  input: z.strictObject({ name: budgetName(), limit: limitField.optional(), ...budgetFields }),
  output: budgetOutput,
  examples: [{ says: "to another limit", input: { name: "search-month", limit: "$800" } }],
  async run({ name, limit, ...fields }, context) {
    const before = await storedBudget(context, name);
    const changed = { ...before, ...authoredOf(name, limit ?? before.limit, fields) };
    const definition = definitionOf(changed, context.catalogue());
    const store = await context.state();
    await store.budgets.replace(changed, context.clock.now());
    return toBudgetOutput(definition, "command");
  },
});

/** Errors: `BUDGET_FROM_FILE`, `BUDGET_NOT_FOUND`, `STATE_*`. */
export async function storedBudget(
  context: OperationContext,
  name: string,
): Promise<AuthoredBudget> {
  if (context.fileBudgets().some((budget) => budget.name === name)) {
    const what = `the budget ${name} is written in purser.yaml`;
    throw new PurserError("BUDGET_FROM_FILE", { what });
  }
  const store = await context.state();
  const found = (await store.budgets.list()).find(({ budget }) => budget.name === name);
  if (found !== undefined) return found.budget;
  throw new PurserError("BUDGET_NOT_FOUND", { what: `there is no budget named ${name}` });
}
