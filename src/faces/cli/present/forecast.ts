import type { z } from "zod";
import type { forecast } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { moneyColumn } from "../figures.ts";
import { styleFor } from "../style.ts";
import { type Column, renderTable } from "../table.ts";

type Output = z.output<typeof forecast.output>;
type Figures = Output["total"];

const WIDEST_LEVEL = 0.95;

export function presentForecast(output: Output, call: CommandCall): void {
  const { io } = call;
  const quiet = styleFor(io.error);
  if (output.total.state !== "empty") presentTotal(output, call);
  for (const budget of output.budgets) {
    io.writeOut(`${figuresLine(`budget $${cents(budget.budget_usd)}`, budget)}\n`);
  }
  for (const line of output.defined_budgets.map(definedLine)) io.writeOut(`${line}\n`);
  if (output.total.state === "empty") {
    const why = "There is no spend to carry on from. Is a client pointed at the gateway?";
    io.writeError(`${why}\n`);
    return;
  }
  for (const note of output.notes) io.writeError(`${quiet.yellow("note")}: ${note}\n`);
  io.writeError(
    quiet.dim(
      `From ${output.as_of} to ${output.until}, by ${output.history_days.toFixed(1)} days of history: ${output.total.says}.\n`,
    ),
  );
}

function presentTotal(output: Output, { io }: CommandCall): void {
  io.writeOut(renderTable(columnsOf(output), io.out.columns));
  const { total } = output;
  for (const { level, low_usd, high_usd } of total.intervals) {
    io.writeOut(
      `${percent(level)} of such totals lie between $${cents(low_usd)} and $${cents(high_usd)}\n`,
    );
  }
  if (total.intervals.length > 0) return;
  io.writeOut(styleFor(io.out).yellow(`no interval: ${total.says}\n`));
}

function columnsOf(output: Output): readonly Column[] {
  const { groups, total } = output;
  const spent = moneyColumn(groups.map((row) => row.spent_this_month_usd));
  const expected = moneyColumn(groups.map((row) => row.expected_usd));
  const declined =
    total.declined_usd === null ? [] : [moneyColumn(groups.map((row) => row.declined_usd ?? "0"))];
  const money = (title: string, cells: ReturnType<typeof moneyColumn>): Column => ({
    title,
    align: "right",
    cells: cells.rows,
    foot: cells.total,
  });
  return [
    ...output.by.map((name, index): Column => {
      const cells = groups.map((row) => (row.group === null ? "others" : (row.group[name] ?? "-")));
      return { title: name, align: "left", cells, foot: index === 0 ? "total" : "" };
    }),
    money("this month", spent),
    money("expected", expected),
    ...declined.map((cells) => money("with decline", cells)),
    {
      title: `${percent(WIDEST_LEVEL)} interval`,
      align: "right",
      cells: groups.map(widest),
      foot: widest(total),
    },
    { title: "season", align: "left", cells: groups.map((row) => row.season), optional: true },
    { title: "state", align: "left", cells: groups.map((row) => row.state), foot: total.state },
  ];
}

function widest({ intervals }: Figures): string {
  const found = intervals.find(({ level }) => level === WIDEST_LEVEL);
  return found === undefined ? "-" : `$${cents(found.low_usd)} to $${cents(found.high_usd)}`;
}

function definedLine(budget: Output["defined_budgets"][number]): string {
  const { name, value, window, figures, says } = budget;
  const whose = value === null ? name : `${name} of ${value}`;
  if (figures === null) return `budget ${whose}: no forecast: ${says}`;
  const title = `budget ${whose}, $${cents(figures.budget_usd)} (${window})`;
  return figuresLine(title, figures);
}

function figuresLine(title: string, budget: Output["budgets"][number]): string {
  const { runs_out_at: at, runs_out_earliest: early, runs_out_latest: late } = budget;
  const chance =
    budget.chance_to_exceed === null ? "" : `, chance ${percent(budget.chance_to_exceed)}`;
  const when =
    at === null ? "is expected to last its window" : `is expected to run out ${moment(at)}`;
  const between =
    early === null
      ? ""
      : ` (${percent(budget.level)}: from ${moment(early)} to ${late === null ? "not in this window" : moment(late)})`;
  return `${title}, $${cents(budget.left_usd)} left: ${when}${between}${chance}`;
}

function moment(text: string): string {
  return `${text.slice(0, 16).replace("T", " ")}Z`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)}%`;
}

function cents(amount: string): string {
  return Number(amount).toFixed(2);
}
