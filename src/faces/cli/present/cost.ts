import type { z } from "zod";
import type { cost } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { grouped } from "../figures.ts";
import { styleFor } from "../style.ts";
import { renderTable } from "../table.ts";

type Output = z.output<typeof cost.output>;

/** The bill with every decimal: it is exact, and short enough to show so. */
export function presentCost(output: Output, { io }: CommandCall): void {
  const error = styleFor(io.error);
  if (output.kind === "unpriced") {
    const reason = `${output.message ?? "no price is known"} [${output.reason ?? ""}]`;
    io.writeError(`${error.red("no price")}: ${reason}\n`);
  }
  if (output.lines.length > 0) io.writeOut(lines(output, io.out.columns));
  if (output.kind === "not-billed") io.writeOut(`$0  not billed: ${output.reason ?? ""}\n`);
  const basis = output.basis[0];
  if (basis !== undefined) {
    io.writeError(error.dim(`${output.model ?? "several models"}, ${basisText(basis)}\n`));
  }
  for (const remark of output.remarks) io.writeError(`${error.yellow("note")}: ${remark}\n`);
}

function lines(output: Output, columnsMax: number | null): string {
  const several = new Set(output.lines.map((line) => line.model)).size > 1;
  const models = {
    title: "model",
    align: "left" as const,
    cells: output.lines.map((l) => l.model),
  };
  return renderTable(
    [
      ...(several ? [models] : []),
      { title: "item", align: "left", cells: output.lines.map((line) => line.item), foot: "total" },
      {
        title: "quantity",
        align: "right",
        cells: output.lines.map((line) => grouped(line.tokens ?? line.quantity ?? 0)),
      },
      {
        title: "price",
        align: "right",
        cells: output.lines.map((line) =>
          line.usd_per_mtok === null ? `$${line.usd_each} each` : `$${line.usd_per_mtok}/M`,
        ),
      },
      {
        title: "cost",
        align: "right",
        cells: aligned([...output.lines.map((line) => line.usd), output.total_usd ?? ""]).slice(
          0,
          -1,
        ),
        foot:
          output.total_usd === null
            ? "no price"
            : (aligned([...output.lines.map((line) => line.usd), output.total_usd]).at(-1) ?? ""),
      },
    ],
    columnsMax,
  );
}

/** Exact decimals under one another, by their points. */
function aligned(amounts: readonly string[]): readonly string[] {
  const places = Math.max(...amounts.map((amount) => (amount.split(".")[1] ?? "").length));
  return amounts.map((amount) => {
    const [whole = "", fraction = ""] = amount.split(".");
    return places === 0 ? `$${whole}` : `$${whole}.${fraction.padEnd(places, "0")}`;
  });
}

function basisText(basis: Output["basis"][number]): string {
  return [
    `price of ${basis.price_date}`,
    ...(basis.service_tier === "standard" ? [] : [basis.service_tier]),
    ...(basis.speed === "standard" ? [] : [basis.speed]),
    ...(basis.inference_geo === "global" ? [] : [`inference in ${basis.inference_geo}`]),
    ...(basis.prompt_tokens_over === null
      ? []
      : [`prompt over ${grouped(basis.prompt_tokens_over)}`]),
    ...(basis.overridden ? ["own price or discount"] : []),
  ].join(", ");
}
