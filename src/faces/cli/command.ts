/** A command, whether derived from an operation or started by main. */
import type { z } from "zod";
import type { InputField } from "../../operations/index.ts";
import type { CommandLineIo } from "./io.ts";

/** How one is typed. */
export type CommandExample = { readonly says: string; readonly shell: string };

export type Command = {
  readonly path: readonly string[];
  readonly summary: string;
  readonly fields: readonly InputField[];
  /** Field filled by position; a file name when it is the one read from standard input. */
  readonly positional: string | null;
  /** The list that takes the words after it. */
  readonly rest: string | null;
  readonly standardInput: string | null;
  readonly examples: readonly CommandExample[];
  /** Resolves with the exit code. */
  readonly run: (call: CommandCall) => Promise<number>;
};

export type CommandCall = {
  readonly input: Record<string, unknown>;
  readonly json: boolean;
  /** `--config` and `--data`, as given. */
  readonly place: PlaceFlags;
  readonly io: CommandLineIo;
};

export type PlaceFlags = { readonly config: string | undefined; readonly data: string | undefined };

/** A long-running command of main: it starts things, so it is not an operation. */
export type Program = {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodObject;
  readonly examples: readonly CommandExample[];
  readonly run: (call: CommandCall) => Promise<number>;
};

/** Documented in the reference and in `--help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, config: 3 } as const;

export const EXIT_CODES: readonly { readonly code: number; readonly means: string }[] = [
  { code: EXIT.ok, means: "done" },
  { code: EXIT.failed, means: "failed, or the answer is bad news (no price, an unsound ledger)" },
  { code: EXIT.usage, means: "the command line or its input is wrong" },
  { code: EXIT.config, means: "the configuration is wrong; nothing was started" },
  { code: 130, means: "stopped by Ctrl-C before it was done (143: by SIGTERM)" },
];
