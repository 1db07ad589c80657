import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { storedBudget } from "./budget-edit.ts";
import { budgetName } from "./budget-fields.ts";

export const budgetRemove = defineOperation({
  name: "budget-remove",
  path: ["budget", "remove"],
  title: "Remove a budget",
  summary: "Takes a budget away; what was spent stays in the ledger.",
  effects: "changes",
  positional: "name",
  input: z.strictObject({ name: budgetName() }),
  output: z.object({ removed: z.string() }),
  examples: [{ says: "by its name", input: { name: "search-month" } }],
  async run({ name }, context) {
    await storedBudget(context, name);
    const store = await context.state();
    await store.budgets.remove(name);
    return { removed: name };
  },
});
