/** What the calls of a budget cost, hour by hour, for each of its balances. */
import type { Instant } from "../../base/index.ts";
import type { Budget, BudgetSubject } from "../../domain/budgets/index.ts";
import type { Dimension, Filter, LedgerReader } from "../../stores/contracts/index.ts";
import { readSpendHistory, type SpendHistory, type SpendSeries } from "./spend-history.ts";

/** Of half a year of hours, so many series fit into one answer of the ledger. */
const GROUPS_MAX = 100;

export type BalanceSeries = {
  /** The value that the balance is kept for; empty where there is one in all. */
  readonly key: string;
  /** As the budget counts it, in the present window. */
  readonly spent: bigint;
  readonly series: SpendSeries;
};

export type BudgetHistory = Pick<SpendHistory, "calendar" | "slotMs" | "slotStart"> & {
  /** The most spent first. */
  readonly balances: readonly BalanceSeries[];
};

export type BudgetLedger = {
  readonly reader: LedgerReader;
  /** The one id of a model that has several names. */
  readonly canonical: (model: string) => string;
  readonly now: Instant;
};

const NOBODY: BudgetSubject = {
  ...{ key: null, user: null, userType: null, team: null, endpoint: null },
  ...{ session: null, model: null, tags: {} },
};

/**
 * `null` where its calls have more values than can be told apart. A model is the one that answered,
 * as the hourly sums have it; the budget itself goes by the one that was asked for.
 */
export async function readBudgetHistory(
  budget: Budget,
  { reader, canonical, now }: BudgetLedger,
): Promise<BudgetHistory | null> {
  const { by, where } = questionOf(budget);
  const question = { by, where, now, groupsMax: GROUPS_MAX, spentSince: now };
  const { groups, total, ...history } = await readSpendHistory(reader, question);
  if (groups.some(({ group }) => group === null)) return null;
  const found = new Map<string, SpendSeries>();
  for (const one of groups) {
    const { model, ...subject } = subjectOf(one, by, where);
    const asked = model === null ? null : canonical(model);
    const key = budget.matches({ ...subject, model: asked });
    if (key !== null) found.set(key, sumOf(one, found.get(key)));
  }
  // A balance may hold worst cases alone, which are in no history.
  const nothing = {
    ...total,
    history: { ...total.history, values: total.history.values.map(zero) },
  };
  const isOne = budget.definition.per === null;
  const keys = new Set([...found.keys(), ...budget.balances.keys(), ...(isOne ? [""] : [])]);
  const balances = [...keys].map((key) => ({
    key,
    spent: budget.balances.get(key)?.spent(now) ?? 0n,
    series: found.get(key) ?? nothing,
  }));
  balances.sort((left, right) => Number(right.spent - left.spent));
  return { ...history, balances };
}

/** A single value is left to the ledger; several, and names of models, are told apart afterwards. */
function questionOf({ definition: { match, per } }: Budget): {
  readonly by: readonly Dimension[];
  readonly where: readonly Filter[];
} {
  const where: Filter[] = [];
  const by = new Set<Dimension>(per === null ? [] : [per as Dimension]);
  for (const [name, values = []] of Object.entries(match)) {
    const dimension = name as Dimension;
    const [value, ...others] = values;
    if (value === undefined || others.length > 0 || name === "model") by.add(dimension);
    else where.push({ dimension, comparison: "is", value });
  }
  return { by: [...by], where };
}

function subjectOf(
  { group }: SpendSeries,
  by: readonly Dimension[],
  where: readonly Filter[],
): BudgetSubject {
  const grouped = by.map((dimension, at) => [nameOf(dimension), group?.[at] ?? null] as const);
  const filtered = where.map(({ dimension, value }) => [nameOf(dimension), value] as const);
  return { ...NOBODY, ...Object.fromEntries([...grouped, ...filtered]) };
}

function nameOf(dimension: Dimension): string {
  return dimension === "user-type" ? "userType" : dimension;
}

function sumOf(one: SpendSeries, other: SpendSeries | undefined): SpendSeries {
  if (other === undefined) return one;
  const values = one.history.values.map((value, at) => value + (other.history.values[at] ?? 0));
  return { ...one, history: { ...one.history, values } };
}

function zero(): number {
  return 0;
}
