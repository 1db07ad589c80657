/** Figures as people read them. */
import { formatUsdColumn, type PicoUsd, parseUsd } from "../../base/index.ts";

/** `1234567` is `1,234,567`. */
export function grouped(value: number | bigint): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `1 call`, `1,234 calls`: for words whose plural adds an s. */
export function counted(value: number, one: string): string {
  return `${grouped(value)} ${value === 1 ? one : `${one}s`}`;
}

/** Token counts at a glance: `987`, `12.3k`, `4.56M`, `7.89B`. */
export function compact(value: number): string {
  const units = [
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const;
  const unit = units.find(([size]) => value >= size);
  if (unit === undefined) return String(value);
  const scaled = value / unit[0];
  return `${scaled.toFixed(scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2)}${unit[1]}`;
}

/** Share of a whole, `"12.3%"`; a dash where the whole is nothing. */
export function share(part: PicoUsd, whole: PicoUsd): string {
  if (whole === 0n) return "-";
  const tenths = Number((part * 2_000n + whole) / (whole * 2n));
  return `${(tenths / 10).toFixed(1)}%`;
}

/** A column of exact amounts, rounded so that the rows add up to the shown total. */
export function moneyColumn(amounts: readonly string[]): {
  readonly rows: readonly string[];
  readonly total: string;
} {
  const exact = amounts.map(parseUsd);
  const total = exact.reduce((sum, amount) => sum + amount, 0n);
  const { rows, total: shown } = formatUsdColumn(exact, digitsFor(total));
  const withCommas = (text: string): string => {
    const [whole = "", fraction = ""] = text.split(".");
    return `$${grouped(BigInt(whole.replace("-", "") || "0"))}.${fraction}`.replace(
      /^/,
      text.startsWith("-") ? "-" : "",
    );
  };
  return { rows: rows.map(withCommas), total: withCommas(shown) };
}

/** Cents for hundreds of dollars, finer for less, so that small bills do not read as nothing. */
function digitsFor(total: bigint): number {
  const dollars = total / 1_000_000_000_000n;
  if (dollars >= 100n) return 2;
  return dollars >= 1n ? 4 : 6;
}
