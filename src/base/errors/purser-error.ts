import { type ErrorCode, errorDefinition } from "./catalogue.ts";

export type PurserErrorDetails = {
  /** What is wrong, with the offending value cut short and no secret in it. */
  readonly what: string;
  /** Where: a file with its line, a key, a flag, a field. */
  readonly where?: string;
  /** How to mend it, when the catalogue's general advice can be made more exact. */
  readonly mend?: string;
  /** Facts for a program, shown under `data`. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
};

/** The one class of failure that Purser throws on purpose. `code` is stable; the text is not. */
export class PurserError extends Error {
  override readonly name = "PurserError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly what: string;
  readonly where: string | null;
  readonly mend: string;
  readonly data: Readonly<Record<string, unknown>> | null;

  constructor(code: ErrorCode, details: PurserErrorDetails) {
    const definition = errorDefinition(code);
    const mend = details.mend ?? definition.mend;
    const where = details.where ?? null;
    super(`${where === null ? "" : `${where}: `}${details.what} [${code}]. ${mend}`, {
      cause: details.cause,
    });
    this.code = code;
    this.status = definition.status;
    this.what = details.what;
    this.where = where;
    this.mend = mend;
    this.data = details.data ?? null;
  }
}
