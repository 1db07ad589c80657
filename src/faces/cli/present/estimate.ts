import type { z } from "zod";
import { formatUsdRounded, parseUsd } from "../../../base/index.ts";
import type { estimate } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { grouped, moneyColumn } from "../figures.ts";
import { styleFor } from "../style.ts";
import { type Column, renderTable } from "../table.ts";

type Output = z.output<typeof estimate.output>;

export function presentEstimate(output: Output, { io }: CommandCall): void {
  const style = styleFor(io.error);
  const { columns } = io.out;
  io.writeOut(`${headline(output)}\n\n`);
  io.writeOut(`${shares("a month, by what causes it", output.drivers, columns)}\n`);
  io.writeOut(`${shares("a month, by what it is billed as", output.by_item, columns)}\n`);
  if (output.models.length > 0) io.writeOut(`${modelTable(output, columns)}\n`);
  if (output.sensitivity.length > 0) io.writeOut(`${sensitivityTable(output, columns)}\n`);
  for (const [title, parts] of [
    ["month", output.months],
    ["day", output.weekdays],
  ] as const) {
    if (parts.length > 0) io.writeOut(`${seasonTable(title, parts, columns)}\n`);
  }
  for (const workload of output.workloads) {
    if (workload.cheapest !== null) io.writeOut(`${cheapestLine(workload)}\n`);
  }
  for (const { where, what } of output.warnings) io.writeError(`warning: ${where}: ${what}\n`);
  for (const sentence of output.assumed) io.writeError(style.dim(`assumed: ${sentence}\n`));
}

function headline(output: Output): string {
  const { day, month, year } = output;
  const per = [
    output.per_call_usd === null ? null : `${fine(output.per_call_usd)} a call`,
    output.per_conversation_usd === null
      ? null
      : `${fine(output.per_conversation_usd)} a conversation`,
    output.per_user_month_usd === null
      ? null
      : `${fine(output.per_user_month_usd)} a user and month`,
  ].filter((text) => text !== null);
  const lines = [
    `a day    ${period(day)}`,
    `a month  ${period(month)}`,
    `a year   ${period(year)}`,
    `${grouped(Math.round(output.calls_per_day))} calls a day; ${per.join(", ")}`,
  ];
  return lines.join("\n");
}

function period({ usd, interval }: Output["day"]): string {
  if (interval === null) return money(usd);
  return `${money(usd)}  (${money(interval.low_usd)} to ${money(interval.high_usd)}, 90 in 100)`;
}

function shares(title: string, rows: Output["drivers"], columns: number | null): string {
  const { rows: amounts, total } = moneyColumn(rows.map(({ usd }) => usd));
  return renderTable(
    [
      { title, align: "left", cells: rows.map(({ part }) => part), foot: "total" },
      { title: "USD", align: "right", cells: amounts, foot: total },
      {
        title: "share",
        align: "right",
        cells: rows.map(({ share }) => `${(100 * share).toFixed(1)}%`),
      },
    ],
    columns,
  );
}

const MODEL_COLUMNS = ["none", "5m", "1h", "none batch", "5m batch", "1h batch"] as const;

function modelTable({ models }: Output, columns: number | null): string {
  const cell = (row: Output["models"][number], key: string): string => {
    const usd = row.month_usd[key] ?? null;
    return usd === null ? "-" : money(usd);
  };
  const amounts: readonly Column[] = MODEL_COLUMNS.map((key) => ({
    title: key === "none" ? "no cache" : key,
    align: "right",
    cells: models.map((row) => cell(row, key)),
    optional: key === "1h" || key === "1h batch",
  }));
  return renderTable(
    [
      {
        title: "a month on",
        align: "left",
        whole: true,
        cells: models.map((row) => `${row.model}${row.converted ? " ~" : ""}`),
      },
      ...amounts,
      {
        title: "",
        align: "left",
        optional: true,
        cells: models.map(({ why_not }) => why_not ?? ""),
      },
    ],
    columns,
  );
}

function sensitivityTable({ sensitivity }: Output, columns: number | null): string {
  return renderTable(
    [
      { title: "if", align: "left", cells: sensitivity.map(({ what }) => what) },
      { title: "times", align: "right", cells: sensitivity.map(({ factor }) => String(factor)) },
      { title: "a month", align: "right", cells: sensitivity.map((row) => money(row.month_usd)) },
      {
        title: "change",
        align: "right",
        cells: sensitivity.map(
          ({ change }) => `${change > 0 ? "+" : ""}${(100 * change).toFixed(1)}%`,
        ),
      },
    ],
    columns,
  );
}

function seasonTable(title: string, parts: Output["months"], columns: number | null): string {
  const { rows, total } = moneyColumn(parts.map(({ usd }) => usd));
  return renderTable(
    [
      { title, align: "left", cells: parts.map(({ name }) => name), foot: "total" },
      { title: "USD", align: "right", cells: rows, foot: total },
    ],
    columns,
  );
}

function cheapestLine({
  name,
  cheapest,
  cheapest_same_model,
}: Output["workloads"][number]): string {
  const said = [cheapest, cheapest_same_model].flatMap((found, at) =>
    found === null ? [] : [`${at === 0 ? "cheapest" : "on the same model"}: ${combination(found)}`],
  );
  return `${name}: ${said.join("; ")}`;
}

function combination(found: NonNullable<Output["workloads"][number]["cheapest"]>): string {
  const parts = [
    found.model,
    found.cache === "none" ? "no cache" : `cache ${found.cache}`,
    ...(found.batch ? ["in batches"] : []),
    ...(found.effort === null ? [] : [`effort ${found.effort}`]),
  ];
  return `${parts.join(", ")}: ${money(found.month_usd)} a month${found.rough ? " (rough)" : ""}`;
}

function money(usd: string): string {
  const [whole = "", fraction = ""] = formatUsdRounded(parseUsd(usd), 2).split(".");
  return `$${grouped(BigInt(whole))}.${fraction}`;
}

function fine(usd: string): string {
  return `$${formatUsdRounded(parseUsd(usd), 6)}`;
}
