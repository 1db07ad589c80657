/** Makes a command of a program, with its flags checked the same way as an operation's input. */
import { PurserError } from "../../base/index.ts";
import { describeInput } from "../../operations/index.ts";
import type { Command, Program } from "./command.ts";

export function programCommand(program: Program): Command {
  return {
    path: [program.name],
    summary: program.summary,
    fields: describeInput(program.input),
    positional: null,
    rest: null,
    standardInput: null,
    examples: program.examples,
    run: (call) => {
      const checked = program.input.safeParse(call.input);
      if (checked.success) return program.run({ ...call, input: checked.data });
      const [issue] = checked.error.issues;
      const where = `--${String(issue?.path[0] ?? "")}`;
      throw new PurserError("CLI_FLAG_INVALID", { what: issue?.message ?? "wrong flag", where });
    },
  };
}
