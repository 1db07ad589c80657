/**
 * faces/cli: Purser on a command line, derived from the catalogue of operations.
 *
 * Answers:   which words and flags there are, what they print, and the exit code.
 * Promises:  data on standard output, talk on standard error; exact amounts under `--json`; colours on
 *            a terminal only; a wrong word or flag is refused with the nearest right one.
 * Does not:  hold rules of its own, open a store, start a server (main hands in such programs).
 * Start at:  run-command-line.ts, then command.ts and present/.
 */
export {
  type CommandCall,
  EXIT,
  EXIT_CODES,
  type PlaceFlags,
  type Program,
} from "./command.ts";
export { commandHelp, overviewHelp } from "./help.ts";
export type { CommandLineIo, Surface } from "./io.ts";
export type { WithContext } from "./operation-command.ts";
export { type CommandLineOptions, listCommands, runCommandLine } from "./run-command-line.ts";
