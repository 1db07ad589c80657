/** Small tables and bars in plain text. Amounts in one table are rounded so that they add up. */
import { formatUsdColumn, type PicoUsd, sumPicoUsd } from "../../../base/index.ts";
import type { Slice } from "./day-bill.ts";

const USD_DIGITS = 4;
const BAR_CELLS = 32;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

export type TableOptions = {
  readonly title: string;
  /** What `count` counts. */
  readonly counted: "calls" | "tokens";
  readonly rows: readonly Slice[];
  /** What a share is a share of; the sum of the rows by default. */
  readonly whole?: PicoUsd;
};

/** Title, then one line a row: name, count, dollars, share of the whole. */
export function renderTable({ title, counted, rows, whole }: TableOptions): readonly string[] {
  const amounts = rows.map((row) => row.amount);
  const { rows: usd } = formatUsdColumn(amounts, USD_DIGITS);
  const sum = whole ?? sumPicoUsd(amounts);
  const nameWidth = Math.max(title.length, ...rows.map((row) => row.name.length)) + 2;
  const heading = `${title.padEnd(nameWidth)}${counted.padStart(12)}${"USD".padStart(12)}${"share".padStart(8)}`;
  const lines = rows.map((row, index) => {
    const amount = `$${usd[index] ?? ""}`.padStart(12);
    const count = row.count.toLocaleString("en-US").padStart(12);
    return `${row.name.padEnd(nameWidth)}${count}${amount}${shareOf(row.amount, sum).padStart(8)}`;
  });
  return [heading, ...lines];
}

/** One line a row, with a bar as long as the row is dear. */
export function renderBars(title: string, rows: readonly Slice[]): readonly string[] {
  const dearest = rows.reduce((most, row) => (row.amount > most ? row.amount : most), 1n);
  const { rows: usd } = formatUsdColumn(
    rows.map((row) => row.amount),
    USD_DIGITS,
  );
  const nameWidth = Math.max(...rows.map((row) => row.name.length)) + 2;
  const lines = rows.map((row, index) => {
    const amount = row.amount === 0n ? "" : `$${usd[index] ?? ""}`;
    return `${row.name.padEnd(nameWidth)}${amount.padStart(10)}  ${bar(row.amount, dearest)}`.trimEnd();
  });
  return [title, ...lines];
}

/** `41%`; `<1%` for what rounds to nothing. */
export function shareOf(part: PicoUsd, whole: PicoUsd): string {
  if (whole === 0n || part === 0n) return "0%";
  const percent = (part * 100n + whole / 2n) / whole;
  return percent === 0n ? "<1%" : `${percent}%`;
}

function bar(amount: bigint, dearest: bigint): string {
  const eighths = Number((amount * BigInt(BAR_CELLS * 8) + dearest - 1n) / dearest);
  return "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
}
