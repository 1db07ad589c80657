/** The balances as they are: the running gateway's own, or those that the ledger gives. */
import { PurserError } from "../../base/index.ts";
import {
  type AuthoredBudget,
  BudgetBook,
  type BudgetDefinition,
} from "../../domain/budgets/index.ts";
import { canonicalModel } from "../../domain/catalogue/index.ts";
import { type ChargesSource, loadBalances } from "../../services/gateway/index.ts";
import type { OperationContext } from "../context.ts";
import { definitionOf } from "./budget-fields.ts";

export type NamedBudget = {
  readonly budget: AuthoredBudget;
  readonly source: "file" | "command";
};

const BALANCES_MAX = 1_000_000;

/** Those of the file first. Errors: `STATE_*`. */
export async function allBudgets(context: OperationContext): Promise<readonly NamedBudget[]> {
  const fromFile = context.fileBudgets().map((budget) => ({ budget, source: "file" as const }));
  const stored = await storedBudgets(context);
  return [...fromFile, ...stored.map((budget) => ({ budget, source: "command" as const }))];
}

/** No store is no budget: nobody has made one. */
async function storedBudgets(context: OperationContext): Promise<readonly AuthoredBudget[]> {
  try {
    const store = await context.state();
    return (await store.budgets.list()).map(({ budget }) => budget);
  } catch (error) {
    if (error instanceof PurserError && error.code === "STATE_NOT_FOUND") return [];
    throw error;
  }
}

export type CurrentBook = {
  readonly book: BudgetBook;
  /** `ledger`: reckoned from what is on record, a moment behind the gateway. */
  readonly from: "gateway" | "ledger";
};

/** Errors: those of the ledger; one that does not exist yet has nothing in it. */
export async function currentBook(
  context: OperationContext,
  budgets: readonly NamedBudget[],
): Promise<CurrentBook> {
  const live = context.liveBudgets();
  if (live !== null) return { book: live, from: "gateway" };
  const catalogue = context.catalogue();
  const definitions = budgets.map(({ budget }) => definitionOf(budget, catalogue));
  return { book: await bookOfLedger(context, definitions), from: "ledger" };
}

/** Balances as a gateway that starts now would fill them. Errors: those of `currentBook`. */
export async function bookOfLedger(
  context: OperationContext,
  definitions: readonly BudgetDefinition[],
): Promise<BudgetBook> {
  const canonical = (model: string): string => canonicalModel(context.catalogue(), model);
  const book = new BudgetBook({ balancesMax: BALANCES_MAX, canonicalModel: canonical });
  const names = book.define(definitions);
  await loadBalances({
    ...{ book, names, canonicalModel: canonical, charges: chargesOf(context) },
    nowMs: () => context.clock.now(),
    apartSince: null,
    counted: () => new Set(),
  });
  return book;
}

function chargesOf(context: OperationContext): ChargesSource {
  return async (question) => {
    try {
      return await (await context.ledger()).charges(question);
    } catch (error) {
      if (error instanceof PurserError && error.code === "LEDGER_NOT_FOUND") return [];
      throw error;
    }
  };
}
