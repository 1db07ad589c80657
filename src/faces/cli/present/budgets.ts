import type { z } from "zod";
import type {
  budgetCreate,
  budgetExplain,
  budgetList,
  budgetRemove,
  budgetShow,
} from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { styleFor } from "../style.ts";
import { type Column, renderTable, visible } from "../table.ts";

type Budget = z.output<typeof budgetCreate.output>;
type Shown = z.output<typeof budgetShow.output>;
type Row = { readonly budget: Budget; readonly balance: Shown["balances"][number] };

const FROM = {
  gateway: "The running gateway's own figures.",
  ledger: "Reckoned from the ledger, where calls under way count at their worst case.",
} as const;

export function presentBudgets(
  { budgets, from }: z.output<typeof budgetList.output>,
  { io }: CommandCall,
): void {
  if (budgets.length === 0) {
    io.writeError(
      "There are no budgets. Make one with `purser budget create NAME --limit '$500'`.\n",
    );
    return;
  }
  const rows = budgets.flatMap((budget) => budget.balances.map((balance) => ({ budget, balance })));
  io.writeOut(renderTable(columnsOf(rows), io.out.columns));
  const unused = budgets.filter(({ balances }) => balances.length === 0).map(({ name }) => name);
  if (unused.length > 0) io.writeError(`Nothing spent yet: ${visible(unused.join(", "))}.\n`);
  const left = budgets.reduce((sum, { balances_left_out }) => sum + balances_left_out, 0);
  if (left > 0)
    io.writeError(`${left} balances are left out; \`purser budget show NAME\` has all.\n`);
  io.writeError(`${FROM[from]}\n`);
}

function columnsOf(rows: readonly Row[]): readonly Column[] {
  const column = (
    title: string,
    pick: (row: Row) => string,
    more: Partial<Column> = {},
  ): Column => ({ title, align: "right", cells: rows.map(pick), ...more });
  const left = { align: "left" } as const;
  return [
    column("budget", ({ budget }) => nameOf(budget), left),
    column("for", ({ balance }) => balance.value ?? "all", left),
    column("window", ({ budget }) => budget.window, left),
    column("limit", ({ budget }) => say(budget, budget.limit)),
    column("spent", ({ budget, balance }) => say(budget, balance.spent)),
    column("reserved", ({ budget, balance }) => say(budget, balance.reserved)),
    column("left", ({ budget, balance }) => say(budget, balance.left)),
    column("used", ({ balance }) => `${balance.used_percent.toFixed(1)}%`),
    column("resets at", ({ balance }) => balance.resets_at?.slice(0, 16) ?? "never", {
      ...left,
      optional: true,
    }),
  ];
}

function nameOf({ name, mode, enforcement }: Budget): string {
  if (mode === "shadow") return `${name} (shadow)`;
  return enforcement === "soft" ? `${name} (soft)` : name;
}

/** Dollars to four decimals, rounded for the eye; the JSON form has them exact. */
function say({ unit }: Pick<Budget, "unit">, amount: string): string {
  if (unit !== "usd") return `${amount} ${unit}`;
  const shown = Number(amount).toFixed(4);
  return shown.startsWith("-") ? `-$${shown.slice(1)}` : `$${shown}`;
}

export function presentBudget(budget: Budget, { io }: CommandCall): void {
  const { match, steps, ...plain } = budget;
  const lines = [
    ...Object.entries(plain).filter(([, value]) => value !== null && typeof value !== "object"),
    ...Object.entries(match).map(([name, values]) => [`match ${name}`, values.join(", ")]),
    ...steps.map((step) => ["step", step]),
  ];
  const width = Math.max(...lines.map(([name]) => String(name).length));
  for (const [name, value] of lines) {
    io.writeOut(`${String(name).replaceAll("_", " ").padEnd(width)}  ${visible(String(value))}\n`);
  }
}

export function presentOneBudget(shown: Shown, call: CommandCall): void {
  const { balances, balances_left_out, from, ...budget } = shown;
  presentBudget(budget, call);
  call.io.writeOut("\n");
  const rows = balances.map((balance) => ({ budget, balance }));
  call.io.writeOut(renderTable(columnsOf(rows), call.io.out.columns));
  if (balances_left_out > 0) call.io.writeError(`${balances_left_out} balances are left out.\n`);
  call.io.writeError(`${FROM[from]}\n`);
}

export function presentRemoved(
  { removed }: z.output<typeof budgetRemove.output>,
  { io }: CommandCall,
): void {
  io.writeError(`The budget ${visible(removed)} is gone.\n`);
}

export function presentExplanation(
  output: z.output<typeof budgetExplain.output>,
  { io }: CommandCall,
): void {
  const style = styleFor(io.out);
  const { on_record, worst_case, budgets, would_be_stopped, from } = output;
  if (on_record !== null) {
    io.writeOut(`on record   ${on_record.outcome}, received ${on_record.opened_at}\n`);
    for (const decision of on_record.decisions) io.writeOut(`decided     ${visible(decision)}\n`);
  }
  const worst = worst_case.usd === null ? "no bound in dollars" : `$${worst_case.usd}`;
  io.writeOut(`worst case  ${worst}, ${worst_case.tokens ?? "no bound in"} tokens\n`);
  const verdict = would_be_stopped ? style.yellow("it would be stopped") : "it would pass";
  io.writeOut(`now         ${verdict}\n\n`);
  for (const budget of budgets) {
    const mark = budget.stops ? style.yellow("stops") : budget.verdict;
    io.writeOut(`${visible(budget.name)}: ${mark}; ${visible(budget.because)}\n`);
    const { balance } = budget;
    if (balance === null) continue;
    const resets = balance.resets_at === null ? "" : `, resets at ${balance.resets_at}`;
    io.writeOut(
      `  ${say(budget, balance.spent)} spent, ${say(budget, balance.reserved)} reserved of ` +
        `${say(budget, budget.limit)}${resets}\n`,
    );
    for (const step of budget.steps_due) io.writeOut(`  step due: ${visible(step)}\n`);
  }
  io.writeError(`${FROM[from]}\n`);
}
