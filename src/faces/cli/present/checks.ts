import type { z } from "zod";
import type { doctor, ledgerExport, ledgerVerify } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { counted, grouped } from "../figures.ts";
import { styleFor } from "../style.ts";
import { visible } from "../table.ts";

export function presentDoctor(output: z.output<typeof doctor.output>, { io }: CommandCall): void {
  const style = styleFor(io.out);
  const marks = {
    ok: style.green("ok     "),
    warning: style.yellow("warning"),
    failed: style.red("failed "),
  };
  const width = Math.max(...output.checks.map((check) => check.name.length));
  for (const { name, status, message, mend } of output.checks) {
    io.writeOut(`${marks[status]}  ${name.padEnd(width)}  ${visible(message)}\n`);
    if (mend !== null && status !== "ok")
      io.writeOut(`${" ".repeat(width + 11)}${visible(mend)}\n`);
  }
}

export function presentVerify(
  output: z.output<typeof ledgerVerify.output>,
  { io }: CommandCall,
): void {
  const style = styleFor(io.out);
  const marks = { error: style.red("error"), repaired: style.yellow("repaired"), notice: "notice" };
  for (const { severity, code, file, offset, message } of output.findings) {
    const place = offset === null ? file : `${file} at byte ${grouped(offset)}`;
    io.writeOut(`${marks[severity]}: ${visible(place)}: ${visible(message)} [${code}]\n`);
  }
  const verdict = output.sound
    ? style.green("The ledger is sound")
    : style.red("The ledger is not sound");
  io.writeOut(
    `${verdict}: ${counted(output.exchanges, "exchange")} in ${grouped(output.entries_checked)} entries, ` +
      `${counted(output.files_checked, "file")} checked.\n`,
  );
}

/** The file goes to standard output unless a name was given; then only the talk remains. */
export async function presentExport(
  output: z.output<typeof ledgerExport.output>,
  { io }: CommandCall,
): Promise<void> {
  if (output.temporary) await io.copyOut(output.file);
  const where = output.temporary ? "" : ` to ${output.file}`;
  // A FOCUS row is a charge: an exchange has as many as its bill has lines.
  const rows = counted(output.rows, output.format === "focus" ? "charge" : "exchange");
  io.writeError(`${rows} written as ${output.format}${where}.\n`);
}
