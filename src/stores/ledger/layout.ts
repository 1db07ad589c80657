/** Where the ledger keeps what, under the data directory. docs/operating/ledger.md tells the same. */
import { join } from "node:path";

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
