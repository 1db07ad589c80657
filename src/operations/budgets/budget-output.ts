/** A budget and its balances as an output. Amounts are exact texts in the budget's own unit. */
import { z } from "zod";
import { formatInstant, formatUsd, instant, picoUsd } from "../../base/index.ts";
import {
  type Balance,
  type Budget,
  type BudgetDefinition,
  type BudgetUnit,
  formatBudgetStep,
  formatBudgetWindow,
} from "../../domain/budgets/index.ts";

const amount = (says: string) =>
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .describe(`${says} In the budget's unit, exact.`);

export const budgetOutput = z.object({
  name: z.string(),
  source: z.enum(["file", "command"]).describe("purser.yaml, or made by command."),
  match: z.record(z.string(), z.array(z.string())),
  per: z.string().nullable(),
  window: z.string(),
  unit: z.enum(["usd", "tokens", "calls"]),
  limit: amount("What may be spent."),
  enforcement: z.enum(["hard", "soft"]),
  mode: z.enum(["apply", "shadow"]),
  when_short: z.enum(["refuse", "shrink"]),
  unbounded_ceiling: amount("Reserved for a call without a bound.").nullable(),
  steps: z.array(z.string()),
});

export const balanceOutput = z.object({
  value: z.string().nullable().describe("The value of `per` that it is kept for."),
  spent: amount("What calls came to."),
  reserved: amount("What calls under way may come to."),
  left: amount("What may still be reserved."),
  used_percent: z.number().describe("Share of the limit that is spent or reserved."),
  overrun: amount("By how much calls came dearer than they had reserved."),
  resets_at: z.string().nullable().describe("UTC, ISO 8601; null where it never does."),
});

export function amountText(unit: BudgetUnit, value: bigint): string {
  return unit === "usd" ? formatUsd(picoUsd(value)) : value.toString();
}

export function toBudgetOutput(
  definition: BudgetDefinition,
  source: "file" | "command",
): z.output<typeof budgetOutput> {
  const { name, per, unit, cap, enforcement, mode, unboundedCeiling } = definition;
  const entries = Object.entries(definition.match).map(([key, values]) => [
    key,
    [...(values ?? [])],
  ]);
  return {
    ...{ name, source, per, unit, enforcement, mode },
    match: Object.fromEntries(entries),
    window: formatBudgetWindow(definition.window),
    limit: amountText(unit, cap),
    when_short: definition.whenShort,
    unbounded_ceiling: unboundedCeiling === null ? null : amountText(unit, unboundedCeiling),
    steps: definition.steps.map(formatBudgetStep),
  };
}

/** `balance` is `null` where nothing was spent or reserved yet. */
export function toBalanceOutput(
  budget: Budget,
  balance: Balance | null,
  nowMs: number,
): z.output<typeof balanceOutput> {
  const { unit, per } = budget.definition;
  const spent = balance?.spent(nowMs) ?? 0n;
  const reserved = balance?.reserved ?? 0n;
  const resetsAt = balance?.resetsAt() ?? budget.nextWindowAt(nowMs);
  return {
    value: per === null ? null : (balance?.key ?? null),
    spent: amountText(unit, spent),
    reserved: amountText(unit, reserved),
    left: amountText(unit, budget.cap - spent - reserved),
    used_percent: Number(((spent + reserved) * 10_000n) / budget.cap) / 100,
    overrun: amountText(unit, balance?.overrun ?? 0n),
    resets_at: resetsAt === null ? null : formatInstant(instant(resetsAt)),
  };
}
