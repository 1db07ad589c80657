import type { z } from "zod";
import type { reload } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";
import { styleFor } from "../style.ts";
import { visible } from "../table.ts";

export function presentReload(report: z.output<typeof reload.output>, { io }: CommandCall): void {
  const style = styleFor(io.error);
  const { versions, versions_before: before, changed, needs_restart: waiting } = report;
  if (report.result === "unchanged") {
    io.writeOut(`Nothing that can be reloaded has changed (version ${versions.config}).\n`);
  } else {
    io.writeOut(`Reloaded ${changed.join(", ")}; calls from now on run under:\n`);
    for (const name of ["config", "prices", "policy"] as const) {
      const same = versions[name] === before[name] ? "as before" : `was ${before[name]}`;
      io.writeOut(`  ${name.padEnd(7)} ${versions[name]} (${same})\n`);
    }
  }
  if (waiting.length > 0) {
    io.writeError(style.yellow(`Taken over at the next start alone: ${waiting.join(", ")}\n`));
  }
  for (const warning of report.warnings) {
    io.writeError(`${style.yellow("warning")}: ${visible(warning)}\n`);
  }
}
