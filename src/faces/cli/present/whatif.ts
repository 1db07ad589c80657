import type { z } from "zod";
import { formatUsdRounded, parseUsd } from "../../../base/index.ts";
import type { whatif } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { grouped } from "../figures.ts";
import { styleFor } from "../style.ts";
import { renderTable } from "../table.ts";

type Output = z.output<typeof whatif.output>;

export function presentWhatif(output: Output, { io }: CommandCall): void {
  const style = styleFor(io.error);
  io.writeOut(`${pastLines(output)}\n\n`);
  io.writeOut(stepTable(output, io.out.columns));
  const { total } = output;
  const range =
    total.interval === null
      ? "exact"
      : `${money(total.interval.low_usd)} to ${money(total.interval.high_usd)}`;
  io.writeOut(
    `\nin all ${money(total.before_usd)} becomes ${money(total.after_usd)}: saves ${money(total.saving_usd)} (${range})\n`,
  );
  for (const sentence of output.warnings) io.writeError(`warning: ${sentence}\n`);
  for (const { policy, not_applied } of output.steps) {
    for (const [why, calls] of Object.entries(not_applied)) {
      io.writeError(`${policy}: left ${grouped(calls)} calls as they were: ${why}\n`);
    }
  }
  for (const sentence of output.covers) io.writeError(style.dim(`covered: ${sentence}\n`));
  for (const sentence of output.assumed) io.writeError(style.dim(`assumed: ${sentence}\n`));
}

function pastLines({ calls, past, without_bill }: Output): string {
  const lines = [
    `${grouped(calls)} calls, ${money(past.usd)}; ${grouped(past.repriced_exactly)} repriced to the picodollar, ${grouped(past.kept)} kept as billed, ${grouped(without_bill)} without a bill left out`,
    past.trust,
  ];
  for (const row of past.predictions.filter(({ trusted }) => !trusted)) {
    const sign = row.off > 0 ? "+" : "";
    lines.push(
      `  ${row.endpoint ?? "(no endpoint)"} on ${row.model}: ${sign}${(100 * row.off).toFixed(1)}% over ${grouped(row.calls)} calls`,
    );
  }
  for (const row of past.repriced_otherwise) {
    lines.push(
      `  ${row.endpoint ?? "(no endpoint)"} on ${row.model}: ${grouped(row.calls)} calls were billed ${money(row.usd)} and come to ${money(row.repriced_usd)} today`,
    );
  }
  return lines.join("\n");
}

function stepTable({ steps }: Output, columns: number | null): string {
  return renderTable(
    [
      { title: "policy", align: "left", cells: steps.map(({ policy }) => policy) },
      { title: "lever", align: "left", whole: true, cells: steps.map(({ lever }) => lever) },
      { title: "calls", align: "right", cells: steps.map(({ matched }) => grouped(matched)) },
      { title: "saves", align: "right", cells: steps.map((step) => money(step.saving_usd)) },
      {
        title: "between",
        align: "right",
        optional: true,
        cells: steps.map(({ interval }) =>
          interval === null
            ? "exact"
            : `${money(interval.low_usd)} and ${money(interval.high_usd)}`,
        ),
      },
      { title: "leaves", align: "right", cells: steps.map((step) => money(step.after_usd)) },
    ],
    columns,
  );
}

function money(usd: string): string {
  const amount = parseUsd(usd);
  const size = amount < 0n ? -amount : amount;
  const digits = size !== 0n && size < 1_000_000_000_000n ? 6 : 2;
  const text = formatUsdRounded(amount, digits);
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  return `${text.startsWith("-") ? "-" : ""}$${grouped(BigInt(whole))}.${fraction}`;
}
