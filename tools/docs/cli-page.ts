import { commandHelp, EXIT_CODES, listCommands } from "../../src/faces/cli/index.ts";
import { PROGRAMS } from "../../src/main/programs.ts";
import { block, GENERATED, table } from "./markdown.ts";

/** The help texts themselves, so that page and program say the same. */
export function cliPage(): string {
  const commands = listCommands({ programs: PROGRAMS, withContext: () => Promise.resolve(0) });
  const sections = commands.flatMap((command) => [
    `## purser ${command.path.join(" ")}`,
    block(commandHelp(command), "text"),
  ]);
  return `${[
    "# Command line",
    GENERATED,
    "Data goes to standard output, talk to standard error. `--json` prints every answer as JSON, with " +
      "amounts as exact decimal texts; failures under it are one line of JSON on standard error. Colours " +
      "appear on a terminal only, and not where `NO_COLOR` is set.",
    "## Exit codes",
    table(
      ["Code", "Means"],
      EXIT_CODES.map((row) => [String(row.code), row.means]),
    ),
    ...sections,
  ].join("\n\n")}\n`;
}
