import type { z } from "zod";
import { parseUsd } from "../../../base/index.ts";
import type { spendReport } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { compact, counted, grouped, moneyColumn, share } from "../figures.ts";
import { styleFor } from "../style.ts";
import { type Column, renderTable } from "../table.ts";

type Output = z.output<typeof spendReport.output>;
type Totals = Output["total"];

export function presentSpendReport(output: Output, { io }: CommandCall): void {
  const style = styleFor(io.error);
  if (output.total.exchanges === 0) {
    io.writeError("The ledger has no calls in this window. Is a client pointed at the gateway?\n");
    return;
  }
  io.writeOut(renderTable(columnsOf(output), io.out.columns));
  for (const note of notesOf(output.total)) io.writeError(`${style.yellow("note")}: ${note}\n`);
  io.writeError(style.dim(`${windowText(output)}. Sums are exact; --json shows every digit.\n`));
}

function columnsOf(output: Output): readonly Column[] {
  const rows: readonly Totals[] =
    output.others === null ? output.rows : [...output.rows, output.others];
  const money = moneyColumn(rows.map((row) => row.measured_usd));
  const whole = parseUsd(output.total.measured_usd);
  const showback = rows.some((row) => row.showback_usd !== "0") ? [showbackColumn(rows)] : [];
  return [
    ...output.by.map((name, index) => groupColumn(output, name, index === 0)),
    {
      title: "calls",
      align: "right",
      cells: rows.map((row) => grouped(row.exchanges)),
      foot: grouped(output.total.exchanges),
    },
    ...tokenColumns(rows, output.total),
    { title: "cost", align: "right", cells: money.rows, foot: money.total },
    {
      title: "share",
      align: "right",
      cells: rows.map((row) => share(parseUsd(row.measured_usd), whole)),
      foot: "",
    },
    ...showback,
  ];
}

function groupColumn(output: Output, name: string, first: boolean): Column {
  const cells = output.rows.map((row) => {
    const value = row.group[name] ?? "(none)";
    return (name === "key" ? output.key_names[value] : undefined) ?? value;
  });
  const others = output.others === null ? [] : [first ? "(others)" : ""];
  return { title: name, align: "left", cells: [...cells, ...others], foot: first ? "total" : "" };
}

const TOKEN_COLUMNS: readonly (readonly [string, (totals: Totals) => number])[] = [
  ["input", (totals) => totals.input_tokens],
  ["writes", (totals) => totals.cache_write_5m_tokens + totals.cache_write_1h_tokens],
  ["reads", (totals) => totals.cache_read_tokens],
  ["output", (totals) => totals.output_tokens],
];

function tokenColumns(rows: readonly Totals[], total: Totals): readonly Column[] {
  return TOKEN_COLUMNS.map(([title, pick]) => ({
    title,
    align: "right",
    optional: true,
    cells: rows.map((row) => compact(pick(row))),
    foot: compact(pick(total)),
  }));
}

function showbackColumn(rows: readonly Totals[]): Column {
  const money = moneyColumn(rows.map((row) => row.showback_usd));
  return { title: "shown", align: "right", cells: money.rows, foot: money.total };
}

/** What stands beside the sum and not in it. */
function notesOf(total: Totals): readonly string[] {
  const notes: string[] = [];
  if (total.estimated_usd !== "0") {
    notes.push(
      `$${total.estimated_usd} more is estimated (calls cut or lost); it is in no sum above`,
    );
  }
  if (total.unpriced_exchanges > 0) {
    const [has, is] = total.unpriced_exchanges === 1 ? ["has", "is"] : ["have", "are"];
    const calls = counted(total.unpriced_exchanges, "call");
    notes.push(`${calls} ${has} no known price and ${is} in no sum`);
  }
  if (total.open_exchanges > 0) {
    const is = total.open_exchanges === 1 ? "is" : "are";
    notes.push(`${counted(total.open_exchanges, "call")} ${is} not settled yet`);
  }
  return notes;
}

function windowText({ since, until }: Output): string {
  if (since === null && until === null) return "All calls on record";
  return `Calls from ${since ?? "the beginning"} to ${until ?? "now"}`;
}
