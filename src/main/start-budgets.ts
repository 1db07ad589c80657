/** Puts the budgets of the file and of the state store in force, and follows changes of the latter. */
import { type Clock, PurserError } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import { type AuthoredBudget, type BudgetDefinition, readBudget } from "../domain/budgets/index.ts";
import { BudgetKeeper } from "../services/gateway/index.ts";
import type { LedgerReader, StateStore } from "../stores/contracts/index.ts";
import { budgetsOf } from "./compile-settings.ts";
import { type Log, reasonOf } from "./log.ts";
import type { Snapshot } from "./snapshot.ts";

export type BudgetParts = {
  /** What the settings of the keeper are taken from; the budgets are those of the snapshot. */
  readonly config: LoadedConfig;
  readonly log: Log;
  readonly clock: Clock;
  /** The one that is in force. */
  readonly snapshot: () => Snapshot;
  readonly reader: LedgerReader;
  readonly state: StateStore;
};

export type RunningBudgets = {
  readonly keeper: BudgetKeeper;
  /** Puts the definitions in force; what is to be counted from before must be set aside already. */
  readonly enforce: () => Promise<() => void>;
  /**
   * Puts the budgets of another snapshot in force, and does `swap` in the same turn. Resolves with what
   * is not ready. Errors: `BUDGET_*`, `STATE_*`; then nothing has changed.
   */
  readonly enforceWith: (next: Snapshot, swap: () => void) => Promise<readonly string[]>;
};

export function startBudgets(parts: BudgetParts): RunningBudgets {
  const { config, log, clock, reader } = parts;
  const { catalogue } = parts.snapshot();
  const keeper = new BudgetKeeper({
    ...{ catalogue, clock, log, settings: config.budgets },
    charges: (question) => reader.charges(question),
  });
  const inTurn = oneByOne();
  return {
    keeper,
    enforce: () => enforce(parts, keeper, inTurn),
    enforceWith: (next, swap) => inTurn(() => enforceWith(parts, keeper, { next, swap })),
  };
}

type InTurn = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** A change of the store and a reload each put a whole list in force: the older one must not come last. */
function oneByOne(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}

async function enforceWith(
  parts: BudgetParts,
  keeper: BudgetKeeper,
  { next, swap }: { readonly next: Snapshot; readonly swap: () => void },
): Promise<readonly string[]> {
  const definitions = await definitionsOf(next.config, parts.state);
  let isSwapped = false;
  const together = {
    catalogue: next.catalogue,
    swap: (): void => {
      swap();
      isSwapped = true;
    },
  };
  try {
    await keeper.define(definitions, together);
    return [];
  } catch (error) {
    if (!isSwapped) throw error;
    return [`what is left of budgets is not known yet: ${reasonOf(error)}`];
  }
}

/**
 * Returns how to stop following changes.
 * Errors: `BUDGET_NAME_TAKEN` when the file and the store both have a name; `STATE_*`.
 */
async function enforce(
  { log, state, snapshot }: BudgetParts,
  keeper: BudgetKeeper,
  inTurn: InTurn,
): Promise<() => void> {
  const define = () =>
    inTurn(async () => keeper.define(await definitionsOf(snapshot().config, state)));
  // What cannot be loaded now has been told of, is tried again, and is refused or passes meanwhile.
  const definitions = await definitionsOf(snapshot().config, state);
  await keeper.define(definitions).catch(() => {});
  return state.watch("budgets", {
    onChange: define,
    onFailure: (error) => {
      const message = "a change of the budgets is not in force yet; it is tried again";
      const data = { reason: reasonOf(error) };
      log({ level: "error", event: "budgets-unchanged", message, data });
    },
  });
}

async function definitionsOf(
  config: LoadedConfig,
  state: StateStore,
): Promise<readonly BudgetDefinition[]> {
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
