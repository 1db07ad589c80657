import type { z } from "zod";
import type { Operation } from "../../../operations/index.ts";
import type { CommandCall } from "../command.ts";

/** Writes an output to `call.io`. The output is the operation's own, which the map's key says. */
export type Presenter = (output: unknown, call: CommandCall) => void | Promise<void>;

/** Ties a presenter to the type of its operation's output. */
export function forOperation<Output extends z.ZodType>(
  operation: Operation<z.ZodObject, Output>,
  present: (output: z.output<Output>, call: CommandCall) => void | Promise<void>,
): readonly [string, Presenter] {
  return [operation.name, (output, call) => present(operation.output.parse(output), call)];
}
