import type { z } from "zod";
import type { exchange, ledgerTail } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { compact } from "../figures.ts";
import { renderTable, visible } from "../table.ts";

type Found = z.output<typeof exchange.output>;

export function presentTail(output: z.output<typeof ledgerTail.output>, { io }: CommandCall): void {
  const found = output.exchanges;
  if (found.length === 0) {
    io.writeError("The ledger has no calls in this window.\n");
    return;
  }
  const left = (title: string, cells: readonly string[]) => ({
    title,
    align: "left" as const,
    cells,
  });
  const right = (title: string, cells: readonly string[]) => ({
    title,
    align: "right" as const,
    cells,
  });
  const table = renderTable(
    [
      left(
        "opened",
        found.map((one) => one.opened_at.slice(0, 19).replace("T", " ")),
      ),
      left(
        "exchange",
        found.map((one) => one.id),
      ),
      left(
        "model",
        found.map((one) => one.model_served ?? one.model_asked ?? "-"),
      ),
      left(
        "endpoint",
        found.map((one) => one.endpoint ?? "-"),
      ),
      left(
        "outcome",
        found.map((one) => one.outcome ?? "open"),
      ),
      right("prompt", found.map(promptTokens)),
      right(
        "output",
        found.map((one) => (one.output_tokens === null ? "-" : compact(one.output_tokens))),
      ),
      right("cost", found.map(costText)),
    ],
    io.out.columns,
  );
  io.writeOut(table);
}

/** Every fact on a line of its own; amounts with all their digits. */
export function presentExchange(output: Found, { io }: CommandCall): void {
  const { lines, tags, corrections, ...facts } = output;
  const rows = Object.entries(facts).filter(([, value]) => value !== null);
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows)
    io.writeOut(`${name.padEnd(width)}  ${visible(String(value))}\n`);
  for (const [name, value] of Object.entries(tags)) {
    io.writeOut(`${"tag".padEnd(width)}  ${visible(name)}=${visible(value)}\n`);
  }
  for (const line of lines) {
    io.writeOut(`${"line".padEnd(width)}  ${line.item} ${line.quantity} = $${line.usd}\n`);
  }
  for (const reason of corrections)
    io.writeOut(`${"corrected".padEnd(width)}  ${visible(reason)}\n`);
}

function promptTokens(one: Found): string {
  const parts = [
    one.input_tokens,
    one.cache_write_5m_tokens,
    one.cache_write_1h_tokens,
    one.cache_read_tokens,
  ];
  return one.input_tokens === null
    ? "-"
    : compact(parts.reduce<number>((sum, part) => sum + (part ?? 0), 0));
}

/** An estimate is marked, so that nobody takes it for a measured cost. */
function costText(one: Found): string {
  const parts = [
    ...(one.measured_usd === null ? [] : [`$${one.measured_usd}`]),
    ...(one.estimated_usd === null ? [] : [`~$${one.estimated_usd}`]),
  ];
  return parts.length === 0 ? "-" : parts.join(" + ");
}
