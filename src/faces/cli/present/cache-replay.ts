import type { z } from "zod";
import { formatUsdRounded, parseUsd } from "../../../base/index.ts";
import type { cacheReplay } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { compact, grouped } from "../figures.ts";
import { styleFor } from "../style.ts";
import { type Column, renderTable } from "../table.ts";

type Output = z.output<typeof cacheReplay.output>;
type Result = NonNullable<Output["policies"]>[number];

/** From here on cents say enough. */
const PICO_PER_100_USD = 100n * 10n ** 12n;

export function presentCacheReplay(output: Output, { io }: CommandCall): void {
  const style = styleFor(io.error);
  const results = resultsOf(output);
  io.writeOut(renderTable(columnsOf(results), io.out.columns));
  for (const { policy, learned } of results) {
    for (const sentence of learned) io.writeError(`${policy}: ${sentence}\n`);
  }
  for (const note of notesOf(output, results)) io.writeError(`${style.yellow("note")}: ${note}\n`);
  io.writeError(
    style.dim(
      `${output.source} as ${output.models.join(", ")}. Read in ${Math.round(output.read_ms)} ms; ` +
        "--json shows every digit and what was assumed.\n",
    ),
  );
}

function resultsOf(output: Output): readonly Result[] {
  if (output.policies !== undefined) return output.policies;
  return output.policy === undefined ? [] : [output as Result];
}

function columnsOf(results: readonly Result[]): readonly Column[] {
  const digits = results.some(({ usd }) => usd !== null && parseUsd(usd) >= PICO_PER_100_USD)
    ? 2
    : 4;
  const right = (title: string, pick: (result: Result) => string): Column => ({
    title,
    align: "right",
    cells: results.map(pick),
  });
  const tokens = (count: number | null): string => (count === null ? "" : compact(count));
  return [
    { title: "policy", align: "left", cells: results.map(({ policy }) => policy) },
    {
      title: "cost",
      align: "right",
      cells: results.map(({ usd }) =>
        usd === null ? "no price" : `$${formatUsdRounded(parseUsd(usd), digits)}`,
      ),
    },
    right("vs none", ({ vs_none }) => vs_none?.toFixed(4) ?? ""),
    right("vs bound", ({ vs_bound }) => vs_bound?.toFixed(4) ?? ""),
    right("fresh", ({ input_tokens }) => tokens(input_tokens)),
    right("reads", ({ cache_read_input_tokens }) => tokens(cache_read_input_tokens)),
    right("5m", ({ ephemeral_5m_input_tokens }) => tokens(ephemeral_5m_input_tokens)),
    right("1h", ({ ephemeral_1h_input_tokens }) => tokens(ephemeral_1h_input_tokens)),
    right("took", ({ elapsed_ms }) => `${Math.round(elapsed_ms)} ms`),
  ];
}

function notesOf(output: Output, results: readonly Result[]): readonly string[] {
  const notes = output.problems
    .slice(0, 3)
    .map(({ file, line, what }) => `${file}:${line} ${what}`);
  const more = output.problem_count - notes.length;
  if (more > 0) notes.push(`${grouped(more)} more lines did not go in`);
  for (const [reason, count] of Object.entries(output.left_out)) {
    notes.push(`${grouped(count)} exchanges are left out: ${reason}`);
  }
  if (results.some(({ usd }) => usd === null))
    notes.push("some requests have no price on their day");
  const billed = output.billed?.usd ?? null;
  if (billed !== null && parseUsd(billed) > 0n) notes.push(`in fact $${billed} was billed`);
  return notes;
}
