/** What the answer's headers tell of the budgets that the call falls under. */
import { formatInstant, instant } from "../../../base/index.ts";
import { formatBudgetAmount, type Quote } from "../../../domain/budgets/index.ts";

/** Names and values in turn: those of the budget that is used up furthest, and what was done. */
export function spendHeaders(
  quotes: readonly Quote[],
  { warnings }: { readonly warnings: readonly string[] },
  decisions: readonly string[],
  nowMs: number,
): readonly string[] {
  const tightest = quotes.filter(isTold).reduce<Quote | null>(tighter, null);
  if (tightest === null) return [];
  const { definition, cap } = tightest.budget;
  const amount = (value: bigint): string => formatBudgetAmount(definition.unit, value);
  const balance = tightest.balance ?? tightest.budget.find(tightest.key, nowMs);
  const spent = balance?.spent(nowMs) ?? 0n;
  const resetsAt = balance?.resetsAt() ?? null;
  const headers = [
    ...["x-purser-budget", definition.name],
    ...["x-purser-budget-limit", amount(cap)],
    ...["x-purser-budget-spent", amount(spent)],
    ...["x-purser-budget-reserved", amount(balance?.reserved ?? 0n)],
    ...["x-purser-budget-left", amount(cap - spent - (balance?.reserved ?? 0n))],
  ];
  if (resetsAt !== null) headers.push("x-purser-budget-resets", formatInstant(instant(resetsAt)));
  const exceeded = quotes
    .filter((quote) => isTold(quote) && quote.verdict !== "fits")
    .map(({ budget }) => budget.definition.name);
  const all = [...new Set([...warnings, ...exceeded])];
  if (all.length > 0) headers.push("x-purser-budget-warning", all.join(", "));
  const changed = decisions.filter((text) => CHANGES.test(text));
  if (changed.length > 0) headers.push("x-purser-budget-changed", changed.join(", "));
  return headers;
}

const CHANGES = /^budget \S+ (?:max-tokens|effort|model|shrink) /;

/** A budget in shadow is not told of: nobody is to act on it. */
function isTold({ budget }: Quote): boolean {
  return budget.definition.mode === "apply";
}

function tighter(best: Quote | null, quote: Quote): Quote {
  if (best === null) return quote;
  // The smaller share that is left, without dividing.
  return quote.left * best.budget.cap < best.left * quote.budget.cap ? quote : best;
}
