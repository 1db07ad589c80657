/** Derives a command from an operation. */
import { PurserError } from "../../base/index.ts";
import {
  checkInput,
  describeInput,
  type Operation,
  type OperationContext,
  type OperationExample,
} from "../../operations/index.ts";
import { type Command, type CommandCall, EXIT, type PlaceFlags } from "./command.ts";
import { presentOutput } from "./present/index.ts";
import { visible } from "./table.ts";

/** Runs `use` with a context, and closes what the context opened. */
export type WithContext = (
  place: PlaceFlags,
  use: (context: OperationContext) => Promise<number>,
) => Promise<number>;

/** Bytes that a command reads from a file or its standard input. */
const INPUT_BYTES_MAX = 64 * 1024 * 1024;

export function operationCommand(operation: Operation, withContext: WithContext): Command {
  const fields = describeInput(operation.input);
  const positional = operation.positional ?? null;
  return {
    path: operation.path,
    summary: operation.summary,
    fields,
    positional,
    rest: operation.positionalRest ?? null,
    standardInput: operation.standardInput ?? null,
    examples: operation.examples.map((example) => ({
      says: example.says,
      shell: example.shell ?? shellOf(operation, example),
    })),
    run: (call) => withContext(call.place, (context) => runOperation(operation, call, context)),
  };
}

async function runOperation(
  operation: Operation,
  call: CommandCall,
  context: OperationContext,
): Promise<number> {
  const input = checkInput(operation, await withStandardInput(operation, call));
  if (operation.follow !== undefined && input.follow === true) {
    for await (const item of operation.follow(input, context)) {
      call.io.writeOut(call.json ? `${JSON.stringify(item)}\n` : presentFollowed(item));
    }
    return EXIT.ok;
  }
  const report = progressTo(call.io, context.clock);
  const output = await operation.run(input, { ...context, progress: report.show });
  report.end();
  await presentOutput(operation, output, call);
  return operation.isFinding?.(output) === true ? EXIT.failed : EXIT.ok;
}

/** On a terminal the line is written over; elsewhere there is a line now and then. */
const PROGRESS_MS = { terminal: 250, elsewhere: 10_000 } as const;

function progressTo(io: CommandCall["io"], clock: OperationContext["clock"]) {
  const { isTerminal } = io.error;
  const every = isTerminal ? PROGRESS_MS.terminal : PROGRESS_MS.elsewhere;
  let last = clock.monotonicMs();
  let shown = false;
  return {
    show: (done: number, all: number): void => {
      const now = clock.monotonicMs();
      if (now - last < every) return;
      last = now;
      shown = true;
      const share = all > 0 ? Math.min(100, Math.floor((100 * done) / all)) : 0;
      io.writeError(`${isTerminal ? "\r" : ""}${share}% of ${all}${isTerminal ? "" : "\n"}`);
    },
    end: (): void => {
      if (shown && isTerminal) io.writeError("\r\u001b[K");
    },
  };
}

/** One line for each, with what is known of it. */
function presentFollowed(item: Readonly<Record<string, unknown>>): string {
  const known = Object.entries(item).filter(([, value]) => value !== null);
  return `${known.map(([name, value]) => `${name}=${visible(String(value))}`).join("  ")}\n`;
}

/** Errors: `CLI_INPUT_MISSING`, `CLI_INPUT_UNREADABLE`. */
async function withStandardInput(
  operation: Operation,
  { input, io }: CommandCall,
): Promise<Record<string, unknown>> {
  const field = operation.standardInput;
  if (field === undefined) return input;
  const file = input[field];
  const replaced = operation.standardInputUnless?.some((name) => input[name] !== undefined);
  if (replaced === true && file === undefined) return input;
  const text =
    typeof file === "string" && file !== "-"
      ? await io.readFile(file, INPUT_BYTES_MAX)
      : await io.readInput(INPUT_BYTES_MAX);
  if (text === null) {
    const where = `purser ${operation.path.join(" ")}`;
    throw new PurserError("CLI_INPUT_MISSING", { what: "nothing is piped in", where });
  }
  const nameField = operation.standardInputName;
  const isNamed = nameField !== undefined && typeof file === "string" && file !== "-";
  return { ...input, [field]: text, ...(isNamed ? { [nameField]: file } : {}) };
}

/** The command line of an example, from its input. */
function shellOf(operation: Operation, example: OperationExample): string {
  const words = describeInput(operation.input).flatMap((field) => {
    const value = example.input[field.name];
    if (value === undefined || value === false) return [];
    const text = quoted(Array.isArray(value) ? value.join(",") : String(value));
    if (field.name === operation.positionalRest && Array.isArray(value)) {
      return value.map((one) => quoted(String(one)));
    }
    if (field.name === operation.positional) return [text];
    return value === true ? [`--${field.text}`] : [`--${field.text} ${text}`];
  });
  return ["purser", ...operation.path, ...words].join(" ");
}

function quoted(text: string): string {
  return /^[\w.,:/=@-]+$/.test(text) ? text : `"${text}"`;
}
