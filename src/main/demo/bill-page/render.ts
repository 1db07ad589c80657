/** The demo's last page: the bill, where it went, and where to look next. */
import { addPicoUsd, formatUsdRounded, type PicoUsd, ZERO_PICO_USD } from "../../../base/index.ts";
import type { DayBill, Slice } from "./day-bill.ts";
import { renderBars, renderTable, shareOf } from "./table.ts";

/** Enough call types to explain this much of the spend are listed. */
const PARETO_PERCENT = 80n;

export function renderBill(bill: DayBill): string {
  const sections = [
    renderTotal(bill),
    renderTable({ title: "By kind of token", counted: "tokens", rows: bill.items }),
    renderTable({ title: "By endpoint", counted: "calls", rows: bill.byEndpoint }),
    renderTable({ title: "By model", counted: "calls", rows: bill.byModel }),
    renderTable({ title: "By user", counted: "calls", rows: bill.byUser }),
    renderBars("By hour, UTC", bill.byHour),
    renderCallTypes(bill),
    renderOutcomes(bill.byOutcome),
  ];
  return sections.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

function renderTotal(bill: DayBill): readonly string[] {
  const lines = [
    `The bill of ${bill.date}: $${formatUsdRounded(bill.measured, 4)} measured, in ${bill.exchanges} calls.`,
  ];
  if (bill.estimated === 0n) return lines;
  const more = formatUsdRounded(bill.estimated, 4);
  return [...lines, `Kept apart: $${more} estimated, for answers that nobody saw the end of.`];
}

/** The few call types that make most of the spend. */
function renderCallTypes(bill: DayBill): readonly string[] {
  const few = takeUntilShare(bill.byCallType, bill.measured);
  const sum = few.reduce((total, row) => addPicoUsd(total, row.amount), ZERO_PICO_USD);
  const share = shareOf(sum, bill.measured);
  const title = `${few.length} of ${bill.byCallType.length} call types make ${share} of the spend`;
  return renderTable({ title, counted: "calls", rows: few, whole: bill.measured });
}

function takeUntilShare(rows: readonly Slice[], whole: PicoUsd): readonly Slice[] {
  const few: Slice[] = [];
  let sum = 0n;
  for (const row of rows) {
    if (sum * 100n >= whole * PARETO_PERCENT) break;
    few.push(row);
    sum += row.amount;
  }
  return few;
}

function renderOutcomes(rows: readonly Slice[]): readonly string[] {
  const parts = rows.map((row) => `${row.count} ${row.name}`);
  return [`How they ended: ${parts.join(", ")}.`];
}
