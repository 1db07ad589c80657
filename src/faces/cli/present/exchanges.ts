import type { z } from "zod";
import type { exchange, ledgerTail } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { compact } from "../figures.ts";
import { type Column, renderTable, visible } from "../table.ts";

type Found = z.output<typeof exchange.output>;

export function presentTail(output: z.output<typeof ledgerTail.output>, { io }: CommandCall): void {
  const found = output.exchanges;
  if (found.length === 0) {
    io.writeError("The ledger has no calls in this window.\n");
    return;
  }
  const columns = TAIL_COLUMNS.map(({ pick, ...column }) => ({
    ...column,
    cells: found.map(pick),
  }));
  io.writeOut(renderTable(columns, io.out.columns));
}

type TailColumn = Omit<Column, "cells"> & { readonly pick: (one: Found) => string };

const TAIL_COLUMNS: readonly TailColumn[] = [
  {
    title: "opened",
    align: "left",
    whole: true,
    pick: (one) => one.opened_at.slice(0, 19).replace("T", " "),
  },
  { title: "model", align: "left", pick: (one) => one.model_served ?? one.model_asked ?? "-" },
  { title: "endpoint", align: "left", pick: (one) => one.endpoint ?? "-" },
  { title: "outcome", align: "left", pick: (one) => one.outcome ?? "open" },
  { title: "cost", align: "right", pick: costText },
  { title: "prompt", align: "right", optional: true, pick: promptTokens },
  {
    title: "output",
    align: "right",
    optional: true,
    pick: (one) => (one.output_tokens === null ? "-" : compact(one.output_tokens)),
  },
  { title: "exchange", align: "left", whole: true, optional: true, pick: (one) => one.id },
];

/** Every fact on a line of its own; amounts with all their digits. */
/** `section system, change timestamp, block 4`: the fields of an object that have a value. */
function inWords(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return fields.map(([name, field]) => `${name} ${field}`).join(", ");
}

export function presentExchange(output: Found, { io }: CommandCall): void {
  const { lines, tags, corrections, ...facts } = output;
  const rows = Object.entries(facts).filter(([, value]) => value !== null);
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows)
    io.writeOut(`${name.padEnd(width)}  ${visible(inWords(value))}\n`);
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
