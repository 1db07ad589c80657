/** Where the ledger keeps what, under the data directory. docs/operating/ledger.md tells the same. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PurserError } from "../../base/index.ts";

export type LedgerLayout = {
  readonly root: string;
  /** Append-only segments: the newest entries. */
  readonly journal: string;
  /** Parquet files that a manifest names. */
  readonly parts: string;
  readonly manifest: string;
};

export function ledgerLayout(dataDirectory: string): LedgerLayout {
  const root = join(dataDirectory, "ledger");
  return {
    root,
    journal: join(root, "journal"),
    parts: join(root, "parts"),
    manifest: join(root, "manifest.json"),
  };
}

/** Errors: `LEDGER_FORBIDDEN`. */
export function makeLedgerFolders(layout: LedgerLayout): void {
  for (const folder of [layout.root, layout.journal, layout.parts]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new PurserError("LEDGER_FORBIDDEN", { what, where: folder, cause: error });
    }
  }
}
