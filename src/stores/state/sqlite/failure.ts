import { type ErrorCode, PurserError } from "../../../base/index.ts";

/** SQLite's primary result codes (sqlite.org/rescode.html) by what they mean to the operator. */
const MEANINGS: Readonly<Record<number, ErrorCode | undefined>> = {
  3: "STATE_FORBIDDEN",
  5: "STATE_BUSY",
  6: "STATE_BUSY",
  8: "STATE_FORBIDDEN",
  10: "STATE_UNWRITABLE",
  11: "STATE_DAMAGED",
  13: "STATE_UNWRITABLE",
  14: "STATE_FORBIDDEN",
  23: "STATE_FORBIDDEN",
  26: "STATE_DAMAGED",
};
const SYSTEM_CALLS: Readonly<Record<string, ErrorCode | undefined>> = {
  EACCES: "STATE_FORBIDDEN",
  EPERM: "STATE_FORBIDDEN",
  EROFS: "STATE_FORBIDDEN",
  EISDIR: "STATE_FORBIDDEN",
  ENOSPC: "STATE_UNWRITABLE",
  EIO: "STATE_UNWRITABLE",
  EDQUOT: "STATE_UNWRITABLE",
};

/** A failure of the database or of the file system as a coded error; anything else as it came. */
export function stateFailure(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof PurserError) return error;
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  const meaning =
    typeof errcode === "number" ? MEANINGS[errcode & 0xff] : SYSTEM_CALLS[String(code)];
  if (meaning === undefined) return error;
  return new PurserError(meaning, { what: error.message.slice(0, 200), where, cause: error });
}
