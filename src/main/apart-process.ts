/**
 * The process in which one heavy operation runs, so that its computing never holds up a call. It is
 * told what to run, answers once, and ends; it ends with its parent too.
 */
import { PurserError } from "../base/index.ts";
import type { LoadedConfig } from "../config/index.ts";
import { OPERATIONS } from "../operations/index.ts";
import { makeContext } from "./operation-context.ts";

export type ApartTask = {
  readonly name: string;
  readonly input: unknown;
  readonly config: LoadedConfig;
};

export type ApartReply =
  | { readonly kind: "output"; readonly output: unknown }
  /** A failure that the caller is to be told of as it is. */
  | {
      readonly kind: "refusal";
      readonly error: Pick<PurserError, "code" | "what" | "where" | "mend" | "data">;
    }
  | { readonly kind: "fault"; readonly message: string };

async function answer({ name, input, config }: ApartTask): Promise<ApartReply> {
  const operation = OPERATIONS.find((known) => known.name === name);
  if (operation === undefined) return { kind: "fault", message: `no operation is named ${name}` };
  const signal = new AbortController().signal;
  const { context, close } = makeContext({ config: () => config, signal });
  try {
    return { kind: "output", output: await operation.run(operation.input.parse(input), context) };
  } catch (error) {
    if (!(error instanceof PurserError)) return { kind: "fault", message: String(error) };
    const { code, what, where, mend, data } = error;
    return { kind: "refusal", error: { code, what, where, mend, data } };
  } finally {
    await close();
  }
}

process.once("disconnect", () => process.exit(1));
process.once("message", (task: ApartTask) => {
  void answer(task).then((reply) => process.send?.(reply, () => process.exit(0)));
});
