/**
 * Keeps two compactions apart, and a start apart from a compaction that its killed predecessor began:
 * the engine's process ends with its starter, but only when its event loop turns. The lock is the
 * operating system's and ends with the process that has it.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PurserError } from "../../base/index.ts";
import type { LedgerLayout } from "./layout.ts";

const SQLITE_BUSY = 5;

/** Takes the lock, waiting at most `waitMs`, and returns its release. Errors: `LEDGER_BUSY`. */
export function lockCompaction(layout: LedgerLayout, waitMs: number): () => void {
  const database = new DatabaseSync(join(layout.root, "compaction.sqlite"), { timeout: waitMs });
  try {
    database.exec("begin exclusive");
  } catch (error) {
    database.close();
    if (!(error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY))
      throw error;
    const what = "a compaction is at work in another process";
    throw new PurserError("LEDGER_BUSY", { what, where: layout.root });
  }
  return () => database.close();
}
