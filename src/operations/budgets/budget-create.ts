import { z } from "zod";
import { PurserError } from "../../base/index.ts";
import { defineOperation } from "../operation.ts";
import { authoredOf, budgetFields, budgetName, definitionOf, limitField } from "./budget-fields.ts";
import { budgetOutput, toBudgetOutput } from "./budget-output.ts";

export const budgetCreate = defineOperation({
  name: "budget-create",
  path: ["budget", "create"],
  title: "Make a budget",
  summary: "Bounds what calls may spend in a window; a running gateway takes it within a second.",
  effects: "changes",
  positional: "name",
  input: z.strictObject({ name: budgetName(), limit: limitField, ...budgetFields }),
  output: budgetOutput,
  examples: [
    {
      says: "for a team, by the month of its wall clock",
      input: {
        name: "search-month",
        limit: "$500",
        timeZone: "Europe/Berlin",
        match: ["team=search"],
        steps: ["80% warn", "95% model claude-haiku-5-5"],
      },
    },
    {
      says: "for each user, by any 24 hours",
      input: { name: "user-day", limit: "$5", window: "rolling 24h", per: "user" },
    },
  ],
  async run({ name, limit, ...fields }, context) {
    const budget = authoredOf(name, limit, fields);
    const definition = definitionOf(budget, context.catalogue());
    if (context.fileBudgets().some((other) => other.name === name)) {
      const what = `a budget of purser.yaml is named ${name} already`;
      throw new PurserError("BUDGET_NAME_TAKEN", { what });
    }
    const store = await context.state({ create: true });
    await store.budgets.create(budget, context.clock.now());
    return toBudgetOutput(definition, "command");
  },
});
