import { PurserError } from "../../base/index.ts";

const FORBIDDEN = new Set(["EACCES", "EPERM", "EROFS"]);

/** The code of a failed system call, such as `ENOSPC`; `null` when `error` is something else. */
export function systemCode(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** Runs `work` on `path` and turns a refusal of the operating system into a coded error. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PurserError) throw error;
    throw directoryError(path, error);
  }
}

function directoryError(path: string, error: unknown): PurserError {
  const code = systemCode(error);
  const said = error instanceof Error ? error.message : String(error);
  if (code !== null && FORBIDDEN.has(code)) {
    return new PurserError("LEDGER_FORBIDDEN", { what: said, where: path, cause: error });
  }
  if (code === "ENOTDIR" || code === "EEXIST") {
    const what = "a file stands where the data directory, or a folder above it, should be";
    const mend = "Name another directory (--data DIR), or move that file away.";
    return new PurserError("LEDGER_FORBIDDEN", { what, where: path, mend, cause: error });
  }
  return new PurserError("LEDGER_UNWRITABLE", { what: said, where: path, cause: error });
}
