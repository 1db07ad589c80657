/** What a call may come to, and what it came to, in every unit that a budget may have. */
import type { PicoUsd } from "../../base/index.ts";
import type { BudgetDefinition, BudgetUnit } from "./definition.ts";

/** The most that a call can come to; `null` where it has no bound. */
export type WorstNeed = { readonly usd: PicoUsd | null; readonly tokens: bigint | null };

/**
 * What a call came to. `unknown`: nobody has told, so that its reservation stands in. A call that the
 * provider does not charge came to nothing, of calls too.
 */
export type Charge =
  | { readonly kind: "known"; readonly usd: PicoUsd; readonly tokens: bigint }
  | { readonly kind: "free" }
  | { readonly kind: "unknown" };

const ONE_CALL = 1n;

/** What a call must reserve in a budget; `null` when it has no bound and the budget takes no such call. */
export function needIn(definition: BudgetDefinition, worst: WorstNeed): bigint | null {
  if (definition.unit === "calls") return ONE_CALL;
  return worst[definition.unit] ?? definition.unboundedCeiling;
}

/** What was spent of `unit`; `null` when nobody knows. */
export function spentIn(unit: BudgetUnit, charge: Charge): bigint | null {
  if (charge.kind === "unknown") return null;
  if (charge.kind === "free") return 0n;
  return unit === "calls" ? ONE_CALL : charge[unit];
}
