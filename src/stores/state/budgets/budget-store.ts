import { type Instant, instant, PurserError } from "../../../base/index.ts";
import type { AuthoredBudget } from "../../../domain/budgets/index.ts";
import type { BudgetStore, StoredBudget } from "../../contracts/index.ts";
import type { BudgetRow } from "../database.ts";
import type { StateEngine } from "../engine.ts";

/** Every call is held against all of them. */
const BUDGETS_MAX = 1_000;

export function openBudgetStore(engine: StateEngine): BudgetStore {
  return {
    create: (budget, at) =>
      engine.write("budgets", async (transaction) => {
        const { count } = await transaction
          .selectFrom("budgets")
          .select((select) => select.fn.countAll<bigint>().as("count"))
          .executeTakeFirstOrThrow();
        if (Number(count) >= BUDGETS_MAX) {
          throw new PurserError("BUDGETS_FULL", { what: `there are ${BUDGETS_MAX} budgets` });
        }
        const { numInsertedOrUpdatedRows: inserted } = await transaction
          .insertInto("budgets")
          .values(toRow(budget, at))
          .onConflict((conflict) => conflict.column("name").doNothing())
          .executeTakeFirstOrThrow();
        if (inserted === 0n) {
          const what = `a budget is named ${budget.name} already`;
          throw new PurserError("BUDGET_NAME_TAKEN", { what });
        }
      }),
    list: () =>
      engine.read(async (database) => {
        const rows = await database.selectFrom("budgets").selectAll().orderBy("name").execute();
        return rows.map(fromRow);
      }),
    replace: (budget, at) =>
      engine.write("budgets", async (transaction) => {
        const { definition, changed_at } = toRow(budget, at);
        const { numUpdatedRows } = await transaction
          .updateTable("budgets")
          .set({ definition, changed_at })
          .where("name", "=", budget.name)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) throw notFound(budget.name);
      }),
    remove: (name) =>
      engine.write("budgets", async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom("budgets")
          .where("name", "=", name)
          .executeTakeFirstOrThrow();
        if (numDeletedRows === 0n) throw notFound(name);
      }),
  };
}

function notFound(name: string): PurserError {
  return new PurserError("BUDGET_NOT_FOUND", { what: `there is no budget named ${name}` });
}

function toRow(budget: AuthoredBudget, at: Instant): BudgetRow {
  const time = BigInt(at);
  const definition = JSON.stringify(budget);
  return { name: budget.name, definition, created_at: time, changed_at: time };
}

function fromRow(row: BudgetRow): StoredBudget {
  // What was written here was checked when it was made.
  const budget: AuthoredBudget = JSON.parse(row.definition);
  return {
    budget,
    createdAt: instant(Number(row.created_at)),
    changedAt: instant(Number(row.changed_at)),
  };
}
