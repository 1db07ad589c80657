/** Amounts and windows of budgets as people read them. */
import { formatUsd, picoUsd } from "../../base/index.ts";
import type { BudgetStep, BudgetUnit, BudgetWindow } from "./definition.ts";

/** `$0.25`, `2000 tokens`, `12 calls`; exact. */
export function formatBudgetAmount(unit: BudgetUnit, amount: bigint): string {
  if (unit !== "usd") return `${amount} ${unit}`;
  const text = formatUsd(picoUsd(amount));
  return text.startsWith("-") ? `-$${text.slice(1)}` : `$${text}`;
}

const MINUTE_MS = 60_000;
const UNITS = [
  ["d", 24 * 60],
  ["h", 60],
  ["m", 1],
] as const;

export function formatBudgetWindow(window: BudgetWindow): string {
  if (window.kind === "rolling") {
    const minutes = window.lengthMs / MINUTE_MS;
    const [unit, size] = UNITS.find(([, each]) => minutes % each === 0) ?? ["m", 1];
    return `rolling ${minutes / size}${unit}`;
  }
  if (window.kind === "session" || window.kind === "lifetime") return window.kind;
  return window.timeZone === "UTC" ? window.kind : `${window.kind} ${window.timeZone}`;
}

export function formatBudgetStep(step: BudgetStep): string {
  const at = `${step.atPercent}%`;
  switch (step.action) {
    case "warn":
      return `${at} warn`;
    case "max-tokens":
      return `${at} max-tokens ${step.maxTokens}`;
    case "effort":
      return `${at} effort ${step.effort}`;
    case "model":
      return `${at} model ${step.model}`;
    default:
      return step satisfies never;
  }
}
