import type { z } from "zod";
import type { models } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { compact, grouped } from "../figures.ts";
import { styleFor } from "../style.ts";
import { renderTable } from "../table.ts";

type Output = z.output<typeof models.output>;
type Model = Output["models"][number];
type Price = Model["prices"][number];
type Rates = Price["usd_per_mtok"];

export function presentModels(output: Output, { io, input }: CommandCall): void {
  const [only] = output.models;
  if (input.id !== undefined && only !== undefined) {
    io.writeOut(describeModel(only, output.at, io.out.columns));
    return;
  }
  io.writeOut(table(output.models, io.out.columns));
  const style = styleFor(io.error);
  io.writeError(
    style.dim(
      `US dollars per million tokens on ${output.at.slice(0, 10)}. ` +
        "`purser models ID` shows dates, steps and modifiers.\n",
    ),
  );
}

const RATE_TITLES: readonly (readonly [keyof Rates, string])[] = [
  ["input", "input"],
  ["cache_write_5m", "write 5m"],
  ["cache_write_1h", "write 1h"],
  ["cache_read", "read"],
  ["output", "output"],
];

function table(listed: readonly Model[], columnsMax: number | null): string {
  const rateColumns = RATE_TITLES.map(([key, title]) => ({
    title,
    align: "right" as const,
    cells: listed.map((model) => model.price?.usd_per_mtok[key] ?? "-"),
  }));
  return renderTable(
    [
      {
        title: "model",
        align: "left",
        cells: listed.map((model) => model.id),
        whole: true,
      },
      ...rateColumns,
      {
        title: "context",
        optional: true,
        align: "right",
        cells: listed.map((m) => compact(m.context_tokens_max)),
      },
      {
        title: "caches from",
        optional: true,
        align: "right",
        cells: listed.map((m) => grouped(m.minimum_cacheable_tokens ?? 0).replace(/^0$/, "-")),
      },
      { title: "status", align: "left", cells: listed.map(statusOf), optional: true },
    ],
    columnsMax,
  );
}

function statusOf(model: Model): string {
  const steps = model.price?.steps.map((step) => `dearer over ${compact(step.prompt_tokens_over)}`);
  const ends = model.status === "active" || model.retires === null ? "" : ` ${model.retires}`;
  return [`${model.status}${ends}`, ...(steps ?? [])].join(", ");
}

function describeModel(model: Model, at: string, columnsMax: number | null): string {
  const facts: readonly (readonly [string, string])[] = [
    ["id", model.id],
    ["aliases", model.aliases.join(", ") || "-"],
    ["status", statusOf(model)],
    ["released", model.released ?? "-"],
    ["context", `${grouped(model.context_tokens_max)} tokens`],
    ["longest answer", `${grouped(model.output_tokens_max)} tokens`],
    [
      "caches from",
      model.minimum_cacheable_tokens === null
        ? "-"
        : `${grouped(model.minimum_cacheable_tokens)} tokens`,
    ],
    ["tokenizer", model.tokenizer],
  ];
  const rows = model.prices.flatMap(priceRows);
  const held = model.price === null ? "No price is known for" : "Price that holds on";
  return [
    `${model.name}\n`,
    ...facts.map(([name, value]) => `  ${name.padEnd(14)}  ${value}\n`),
    `\n${held} ${at.slice(0, 10)}${model.price === null ? "" : `: the one from ${model.price.price_date}`}\n\n`,
    renderTable(
      [
        { title: "price", align: "left", cells: rows.map((row) => row.name) },
        ...RATE_TITLES.map(([key, title]) => ({
          title,
          align: "right" as const,
          cells: rows.map((row) => row.rates[key] ?? "-"),
        })),
      ],
      columnsMax,
    ),
    ...model.notes.map((note) => `\n${note}\n`),
  ].join("");
}

function priceRows(price: Price): readonly { readonly name: string; readonly rates: Rates }[] {
  const until = price.until === null ? "" : ` until ${price.until}`;
  const from = price.price_date === "1970-01-01" ? "always" : `from ${price.price_date}`;
  return [
    { name: `${from}${until}`, rates: price.usd_per_mtok },
    ...price.steps.map((step) => ({
      name: `  prompt over ${grouped(step.prompt_tokens_over)}`,
      rates: step.usd_per_mtok,
    })),
    ...(price.fast_usd_per_mtok === null
      ? []
      : [{ name: "  fast", rates: price.fast_usd_per_mtok }]),
  ];
}
