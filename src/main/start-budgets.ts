/** Puts the budgets of the file and of the state store in force, and follows changes of the latter. */
import { type Clock, PurserError } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import { type AuthoredBudget, type BudgetDefinition, readBudget } from "../domain/budgets/index.ts";
import type { Catalogue } from "../domain/catalogue/index.ts";
import { BudgetKeeper } from "../services/gateway/index.ts";
import type { LedgerReader, StateStore } from "../stores/contracts/index.ts";
import { budgetsOf } from "./compile-settings.ts";
import { type Log, reasonOf } from "./log.ts";

export type BudgetParts = {
  readonly config: LoadedConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly reader: LedgerReader;
  readonly state: StateStore;
};

export type RunningBudgets = {
  readonly keeper: BudgetKeeper;
  /** Puts the definitions in force; what is to be counted from before must be set aside already. */
  readonly enforce: () => Promise<() => void>;
};

export function startBudgets(parts: BudgetParts): RunningBudgets {
  const { config, log, clock, catalogue, reader } = parts;
  const keeper = new BudgetKeeper({
    ...{ catalogue, clock, log, settings: config.budgets },
    charges: (question) => reader.charges(question),
  });
  return { keeper, enforce: () => enforce(parts, keeper) };
}

/**
 * Returns how to stop following changes.
 * Errors: `BUDGET_NAME_TAKEN` when the file and the store both have a name; `STATE_*`.
 */
async function enforce(parts: BudgetParts, keeper: BudgetKeeper): Promise<() => void> {
  const { log, state } = parts;
  // What cannot be loaded now has been told of, is tried again, and is refused or passes meanwhile.
  await keeper.define(await definitionsOf(parts)).catch(() => {});
  return state.watch("budgets", {
    onChange: async () => keeper.define(await definitionsOf(parts)),
    onFailure: (error) => {
      const message = "a change of the budgets is not in force yet; it is tried again";
      const data = { reason: reasonOf(error) };
      log({ level: "error", event: "budgets-unchanged", message, data });
    },
  });
}

async function definitionsOf({ config, state }: BudgetParts): Promise<readonly BudgetDefinition[]> {
  const fromFile = budgetsOf(config);
  const stored = await state.budgets.list();
  const names = new Set(fromFile.map(({ name }) => name));
  const twice = stored.find(({ budget }) => names.has(budget.name));
  if (twice !== undefined) {
    const what = `purser.yaml and the state store both have a budget named ${twice.budget.name}`;
    const mend = "Rename the one in the file, or remove the other by `purser budget remove`.";
    throw new PurserError("BUDGET_NAME_TAKEN", { what, where: config.file ?? "", mend });
  }
  return [...fromFile, ...stored.map(({ budget }) => budget)].map(definitionOf);
}

function definitionOf(budget: AuthoredBudget): BudgetDefinition {
  const reading = readBudget(budget);
  if (reading.kind === "budget") return reading.definition;
  const [first] = reading.problems;
  const where = `budget ${budget.name} (${first?.field ?? ""})`;
  throw new PurserError(first?.code ?? "BUDGET_SETTING_INVALID", {
    what: first?.what ?? "the budget cannot be read",
    where,
  });
}
