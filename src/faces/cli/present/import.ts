import type { z } from "zod";
import type { importOperation } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { counted, grouped } from "../figures.ts";
import { styleFor } from "../style.ts";
import { visible } from "../table.ts";

type Output = z.output<typeof importOperation.output>;
/** Lines of each kind shown; `--json` has more. */
const SHOWN_MAX = 10;

export function presentImport(output: Output, { io }: CommandCall): void {
  const style = styleFor(io.out);
  for (const { file, line, what } of output.problems.slice(0, SHOWN_MAX)) {
    const place = line === 0 ? file : `${file}:${line}`;
    io.writeError(`${style.yellow("left out")}: ${visible(place)}: ${visible(what)}\n`);
  }
  const untold = output.problem_count - Math.min(output.problems.length, SHOWN_MAX);
  if (untold > 0) io.writeError(`${style.yellow("left out")}: ${grouped(untold)} more\n`);
  io.writeOut(
    `${counted(output.records, "record")} of ${output.source} read from ${counted(output.files, "file")}` +
      `${output.problem_count > 0 ? `, ${grouped(output.problem_count)} left out` : ""}.\n`,
  );
  if (output.ledger !== null) io.writeOut(ledgerText(output.ledger));
  if (output.dry_run) io.writeOut("A dry run: nothing was changed.\n");
  writeNotes(output, io);
}

function ledgerText(ledger: NonNullable<Output["ledger"]>): string {
  const parts = [
    `${counted(ledger.added, "call")} added`,
    ledger.replaced > 0 ? `${grouped(ledger.replaced)} replaced by a better record` : null,
    `${grouped(ledger.unchanged)} there already`,
    ledger.counted_elsewhere > 0
      ? `${grouped(ledger.counted_elsewhere)} counted already by the gateway or a better record`
      : null,
    ledger.removed > 0 ? `${grouped(ledger.removed)} taken out: counted elsewhere` : null,
  ];
  return `${parts.filter((part) => part !== null).join(", ")}.\n`;
}

function writeNotes(output: Output, io: CommandCall["io"]): void {
  const style = styleFor(io.error);
  const note = (text: string): void => io.writeError(`${style.yellow("note")}: ${text}\n`);
  if (output.unpriced_records > 0) {
    note(`${counted(output.unpriced_records, "record")} without a known price; in no sum`);
  }
  const { records, differing, recorded_usd: recorded, billed_usd: billed } = output.recorded;
  if (records === 0) return;
  const same = records - differing;
  note(
    `of ${grouped(records)} recorded costs ${grouped(same)} equal our bill; $${recorded} recorded, $${billed} billed`,
  );
}
