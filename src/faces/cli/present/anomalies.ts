import type { z } from "zod";
import type { anomalies } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { grouped } from "../figures.ts";
import { styleFor } from "../style.ts";
import { renderTable } from "../table.ts";

type Output = z.output<typeof anomalies.output>;
type Row = Output["anomalies"][number];

export function presentAnomalies(output: Output, { io }: CommandCall): void {
  const quiet = styleFor(io.error);
  const { anomalies: rows, outliers } = output;
  if (rows.length > 0) {
    const left = (title: string, cell: (row: Row) => string) =>
      ({ title, align: "left", cells: rows.map(cell) }) as const;
    const right = (title: string, cell: (row: Row) => string) =>
      ({ title, align: "right", cells: rows.map(cell) }) as const;
    io.writeOut(
      renderTable(
        [
          left("seen", ({ seen_at }) => `${seen_at.slice(0, 16).replace("T", " ")}Z`),
          left("what", ({ metric }) => metric),
          left("of", ({ group }) => placeOf(group)),
          right("actual", ({ actual }) => shown(actual)),
          right("expected", ({ expected }) => shown(expected)),
          right("times", ({ factor }) => shown(factor)),
          right("bound", ({ factor_bound }) => shown(factor_bound)),
          left("state", stateOf),
          left("mostly by", explanationOf),
        ],
        io.out.columns,
      ),
    );
  }
  for (const { user, day, usd, times_middle } of outliers) {
    io.writeOut(
      `user ${JSON.stringify(user)} spent $${Number(usd).toFixed(2)} on ${day}, ${shown(times_middle)} times the middle user\n`,
    );
  }
  if (rows.length + outliers.length === 0) io.writeOut("Nothing is out of the ordinary.\n");
  io.writeError(
    quiet.dim(`${grouped(output.series_watched)} series watched; seen since ${output.since}.\n`),
  );
}

function placeOf(group: Row["group"]): string {
  return group === null ? "everything" : `${group.dimension}=${group.value ?? "-"}`;
}

function stateOf({ became_level, until }: Row): string {
  return became_level ? "new level" : until === null ? "goes on" : "over";
}

function explanationOf({ explained_by: by }: Row): string {
  return by === null ? "" : `${placeOf(by)} (${(by.share * 100).toFixed(0)}%)`;
}

function shown(value: number): string {
  if (value >= 1e6) return grouped(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
