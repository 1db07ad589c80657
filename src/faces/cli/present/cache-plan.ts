import type { z } from "zod";
import { formatUsdRounded, parseUsd } from "../../../base/index.ts";
import type { cachePlan } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { grouped } from "../figures.ts";
import { styleFor } from "../style.ts";
import { renderTable } from "../table.ts";

type Output = z.output<typeof cachePlan.output>;

export function presentCachePlan(output: Output, { io }: CommandCall): void {
  const style = styleFor(io.error);
  if (output.breakpoints.length === 0) io.writeOut("No cache marker pays here.\n");
  else io.writeOut(breakpoints(output, io.out.columns));
  for (const { what, why, text } of output.moves) {
    io.writeOut(`move (${what}): ${text === null ? "" : `${JSON.stringify(text)}: `}${why}\n`);
  }
  for (const { what, why } of output.not_cached) io.writeOut(`do not cache ${what}: ${why}\n`);
  io.writeOut(`${money(output)}\n${breakEven(output)}\n`);
  if (output.diff !== null && output.diff !== "") io.writeOut(`\n${output.diff}`);
  for (const sentence of output.learned) io.writeError(`learned: ${sentence}\n`);
  for (const sentence of output.assumed) io.writeError(`assumed: ${sentence}\n`);
  io.writeError(style.dim("--json has the edits, the code for the SDK and every figure.\n"));
}

function breakpoints(output: Output, columns: number | null): string {
  const { breakpoints: rows } = output;
  const share = output.for === "endpoint";
  return renderTable(
    [
      { title: "marker", align: "left", cells: rows.map(({ place }) => place) },
      { title: "lifetime", align: "left", cells: rows.map(({ lifetime }) => lifetime) },
      { title: "prefix", align: "right", cells: rows.map(({ tokens }) => grouped(tokens)) },
      share
        ? {
            title: "requests",
            align: "right",
            cells: rows.map((row) => `${(100 * (row.share ?? 0)).toFixed(1)}%`),
          }
        : { title: "at", align: "left", cells: rows.map(({ pointer }) => pointer ?? "") },
      { title: "because", align: "left", cells: rows.map(({ why }) => why) },
    ],
    columns,
  );
}

function money({ now, planned, saving, interval }: Output): string {
  const rounded = (usd: string): string => `$${formatUsdRounded(parseUsd(usd), 2)}`;
  return (
    `a month: ${rounded(now.usd)} now, ${rounded(planned.usd)} as planned, ` +
    `saves ${rounded(saving.usd)} (${rounded(saving.low_usd)} to ${rounded(saving.high_usd)}: ${interval})`
  );
}

function breakEven({ break_even }: Output): string {
  const { requests_5m, requests_1h, read_ratio } = break_even;
  return (
    `a prefix written for 5 minutes pays from request ${requests_5m ?? "(never)"} on, for an hour from ` +
    `request ${requests_1h ?? "(never)"} on (a read costs ${read_ratio} of fresh input)`
  );
}
