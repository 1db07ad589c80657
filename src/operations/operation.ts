import type { z } from "zod";
import type { JsonObject } from "../base/index.ts";
import type { OperationContext } from "./context.ts";

/** One way to call an operation, as the reference shows it; tested to be accepted. */
export type OperationExample = {
  readonly says: string;
  readonly input: JsonObject;
  /** How it is asked for on a shell, where that says more than the derived command. */
  readonly shell?: string;
};

/**
 * What Purser can be asked to do, defined once. Every face (command line, HTTP, reference) is derived
 * from it. Amounts in outputs are exact decimal texts of dollars, under keys that end in `usd`.
 */
export type Operation<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodType = z.ZodType,
> = {
  /** Stable, kebab-case, a noun phrase. */
  readonly name: string;
  /** The words by which a face names it: `purser ledger verify`, `/api/ledger/verify`. */
  readonly path: readonly string[];
  readonly title: string;
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  /** Whether it only looks, changes what Purser remembers, or spends money upstream. */
  readonly effects: "reads" | "changes" | "spends";
  readonly examples: readonly OperationExample[];
  /** The field that a command line fills by position. */
  readonly positional?: string;
  /** The list that a command line fills with the words after that one. */
  readonly positionalRest?: string;
  /** Whether it works on files of this machine and is offered on its command line alone. */
  readonly localOnly?: boolean;
  /** The field whose text a command line reads from a file or its standard input. */
  readonly standardInput?: string;
  /** The field that then holds the file's name, for messages that name a line of it. */
  readonly standardInputName?: string;
  /** Fields that stand in for it: where one is given, nothing is read. */
  readonly standardInputUnless?: readonly string[];
  /** Fields that name a place on this machine: never offered to a caller from elsewhere. */
  readonly localFields?: readonly string[];
  /** Whether its output names a file that is the answer itself (see `file-answer.ts`). */
  readonly answersFile?: boolean;
  /** Whether it computes so long that it must not run in the process that carries calls. */
  readonly heavy?: boolean;
  /** Whether an output is bad news, so that a command line ends with 1. */
  isFinding?(output: z.output<Output>): boolean;
  /** Yields what happens from now on, one object at a time, until the context's signal aborts. */
  follow?(input: z.output<Input>, context: OperationContext): AsyncIterable<JsonObject>;
  run(input: z.output<Input>, context: OperationContext): Promise<z.output<Output>>;
};

/** Keeps the exact types of one definition. */
export function defineOperation<Input extends z.ZodObject, Output extends z.ZodType>(
  operation: Operation<Input, Output>,
): Operation<Input, Output> {
  return operation;
}
