import type { z } from "zod";
import type { reconcile } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { counted, grouped } from "../figures.ts";
import { styleFor } from "../style.ts";
import { renderTable, visible } from "../table.ts";

type Output = z.output<typeof reconcile.output>;
type Row = Output["drifts"][number];

const ROWS_SHOWN = 30;

/** What each cause means, in a line. */
const SAYS: Readonly<Record<Row["cause"], string>> = {
  "not-through-purser": "the provider billed what is not in the ledger: calls that went around it",
  "not-in-report": "the ledger has what the provider does not report",
  "late-data": "the report is not complete for that day yet",
  "day-boundary": "the same figure is on the day before or after",
  region: "the same figure is under another region",
  estimates: "calls whose end nobody saw can have used that much",
  imported: "calls that were imported, and may be another organization's",
  unpriced: "calls whose price is unknown",
  "priority-tier": "the Priority Tier is paid for by commitment",
  "context-step": "the price depends on the prompt's length, which no report shows",
  price: "the tokens agree and the amounts do not: prices or discounts differ",
};

export function presentReconcile(output: Output, { io }: CommandCall): void {
  const style = styleFor(io.out);
  const lines = [
    `${output.since.slice(0, 10)} to ${output.until.slice(0, 10)} (not included), UTC`,
    `tokens  report ${grouped(BigInt(output.report_tokens))}, ledger ${grouped(BigInt(output.ledger_tokens))}`,
  ];
  if (output.report_usd !== null && output.ledger_usd !== null) {
    lines.push(`money   report $${output.report_usd}, ledger $${output.ledger_usd}`);
  }
  for (const { cause, book, drifts, flagged, difference } of output.causes) {
    const text = `${cause} (${book}): ${counted(drifts, "figure")}, ${difference} in all: ${SAYS[cause]}`;
    lines.push(flagged > 0 ? style.red(text) : text);
  }
  if (output.fees_left_out.length > 0) {
    lines.push(`not compared: ${visible(output.fees_left_out.join(", "))}`);
  }
  io.writeOut(`${lines.join("\n")}\n`);
  if (output.drifts.length > 0) io.writeOut(`\n${tableOf(output, io.out.columns)}`);
  const verdict =
    output.flagged === 0
      ? style.green(`The books agree within ${output.tolerance}`)
      : style.red(`${counted(output.flagged, "figure")} beyond ${output.tolerance}`);
  io.writeOut(`${verdict}; ${counted(output.figures_compared, "figure")} compared.\n`);
}

function tableOf({ drifts, drift_count }: Output, columns: number | null): string {
  const rows = drifts.slice(0, ROWS_SHOWN);
  const left = (title: string, cell: (row: Row) => string) =>
    ({ title, align: "left", cells: rows.map(cell) }) as const;
  const right = (title: string, cell: (row: Row) => string) =>
    ({ title, align: "right", cells: rows.map(cell) }) as const;
  const table = renderTable(
    [
      left("day", ({ day }) => day),
      left("of", groupOf),
      left("what", ({ book, item }) => `${item ?? "all"}${book === "money" ? " $" : ""}`),
      right("report", ({ report }) => report),
      right("ledger", ({ ledger }) => ledger),
      right("difference", ({ difference }) => difference),
      left("cause", ({ cause, flagged }) => `${flagged ? "! " : "  "}${cause}`),
    ],
    columns,
  );
  const more = drift_count - rows.length;
  return more === 0 ? table : `${table}and ${grouped(more)} more (--json shows up to 500)\n`;
}

/** Defaults go without saying. */
function groupOf({ model, service_tier, speed, inference_geo }: Row): string {
  const others = [service_tier, speed, inference_geo].filter(
    (value) => value !== null && value !== "standard" && value !== "global",
  );
  return visible([model ?? "all", ...others].join(" "));
}
