/** From the words of a command line to an exit code. */
import { closestWord, PurserError } from "../../base/index.ts";
import { OPERATIONS, readTexts } from "../../operations/index.ts";
import { type Command, EXIT, type Program } from "./command.ts";
import { commandHelp, exitCodeHelp, groupHelp, overviewHelp } from "./help.ts";
import type { CommandLineIo } from "./io.ts";
import { operationCommand, type WithContext } from "./operation-command.ts";
import { fieldsOf, parseArguments } from "./parse-arguments.ts";
import { programCommand } from "./program-command.ts";
import { reportError } from "./report-error.ts";

export type CommandLineOptions = {
  readonly words: readonly string[];
  readonly version: string;
  readonly programs: readonly Program[];
  readonly withContext: WithContext;
  readonly io: CommandLineIo;
};

/** Never throws: a failure is reported on standard error. Resolves with the exit code. */
export async function runCommandLine(options: CommandLineOptions): Promise<number> {
  const { words, io } = options;
  try {
    return await dispatch(options);
  } catch (error) {
    return reportError(error, io, words.includes("--json"));
  }
}

/** Programs first, because a newcomer begins with them; then the operations. */
export function listCommands(
  options: Pick<CommandLineOptions, "programs" | "withContext">,
): readonly Command[] {
  return [
    ...options.programs.map(programCommand),
    ...OPERATIONS.map((operation) => operationCommand(operation, options.withContext)),
  ];
}

async function dispatch(options: CommandLineOptions): Promise<number> {
  const { words, io } = options;
  const commands = listCommands(options);
  const [first] = words;
  if (first === "--version" || first === "-v" || first === "version") {
    io.writeOut(`${options.version}\n`);
    return EXIT.ok;
  }
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    return help(commands, words.slice(1), io, first === undefined);
  }
  const command = findCommand(commands, words);
  if (command === null) return help(commands, words, io, false);
  const parsed = parseArguments(command, words.slice(command.path.length));
  if (parsed.help) {
    io.writeOut(commandHelp(command));
    return EXIT.ok;
  }
  return command.run({ ...callOf(command, parsed), io });
}

function callOf(command: Command, parsed: ReturnType<typeof parseArguments>) {
  const target = command.standardInput ?? command.positional;
  const word = parsed.word === null || target === null ? {} : { [target]: [parsed.word] };
  const isRest = command.rest !== null && parsed.rest.length > 0;
  const rest = isRest ? { [command.rest]: parsed.rest } : {};
  const texts = { ...parsed.texts, ...word, ...rest };
  const all = readTexts([...fieldsOf(command), ...command.fields], texts);
  const own = command.fields.map((field) => field.name);
  return {
    input: Object.fromEntries(Object.entries(all).filter(([name]) => own.includes(name))),
    json: all.json === true,
    place: { config: textOrUndefined(all.config), data: textOrUndefined(all.data) },
  };
}

function textOrUndefined(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The longest path that the words begin with; `null` for a group named alone, such as `ledger`. */
function findCommand(commands: readonly Command[], words: readonly string[]): Command | null {
  const [first = "", second] = words;
  const found = commands.find((command) =>
    command.path.every((word, index) => word === words[index]),
  );
  if (found !== undefined) return found;
  const group = commands.filter((command) => command.path[0] === first);
  if (group.length > 0 && (second === undefined || second.startsWith("-"))) return null;
  const known =
    group.length > 0 ? group.map((c) => c.path[1] ?? "") : commands.map((c) => c.path[0] ?? "");
  const word = group.length > 0 ? (second ?? "") : first;
  const near = closestWord(word, known);
  const prefix = group.length > 0 ? `${first} ` : "";
  throw new PurserError("CLI_COMMAND_UNKNOWN", {
    what: `there is no command "${prefix}${word.slice(0, 60)}"`,
    ...(near === null ? {} : { mend: `Did you mean \`purser ${prefix}${near}\`?` }),
  });
}

/** Help that was asked for goes to standard output; help for want of a command is a mistake. */
function help(
  commands: readonly Command[],
  words: readonly string[],
  io: CommandLineIo,
  mistaken: boolean,
): number {
  const topic = words.filter((word) => !word.startsWith("-"));
  const inTopic = commands.filter((command) =>
    topic.every((word, index) => command.path[index] === word),
  );
  if (topic.length > 0 && inTopic.length === 0) findCommand(commands, topic);
  const [only] = inTopic;
  const text =
    topic.length === 0
      ? `${overviewHelp(commands)}\nExit codes:\n${exitCodeHelp()}\n`
      : inTopic.length === 1 && only !== undefined
        ? commandHelp(only)
        : groupHelp(topic.join(" "), inTopic);
  if (mistaken) io.writeError(text);
  else io.writeOut(text);
  return mistaken ? EXIT.usage : EXIT.ok;
}
