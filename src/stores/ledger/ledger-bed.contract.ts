/** A ledger in a folder of its own, for tests: real files, a real engine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instant } from "../../base/index.ts";
import type { DataDirectory, LedgerEntry } from "../contracts/index.ts";
import {
  type LedgerMaintenance,
  openLedgerMaintenance,
  openLedgerReader,
  openLedgerWriter,
  type RecoveringLedgerWriter,
} from "./index.ts";

export const FIXED_CLOCK = { now: () => instant(1_800_000_000_000), monotonicMs: () => 0 };

export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), "purser-ledger-"));
}

/** A data directory without its lock: the ledger's tests hold theirs alone. */
export function scratchDirectory(path: string): DataDirectory {
  return {
    path,
    installation: "0123456789abcdef",
    secret: new Uint8Array(32),
    announce: () => undefined,
    release: () => undefined,
  };
}

export type LedgerBed = {
  readonly path: string;
  readonly writer: RecoveringLedgerWriter;
  readonly maintenance: LedgerMaintenance;
  readonly write: (entries: readonly LedgerEntry[]) => Promise<void>;
  readonly reader: () => ReturnType<typeof openLedgerReader>;
  readonly close: () => Promise<void>;
};

export async function makeLedgerBed(): Promise<LedgerBed> {
  const path = scratchFolder();
  const writer = await openLedgerWriter({ directory: scratchDirectory(path), clock: FIXED_CLOCK });
  const maintenance = openLedgerMaintenance({ directory: path, writer });
  return {
    path,
    writer,
    maintenance,
    write: async (entries) => {
      await Promise.all(entries.map((entry) => writeEntry(writer, entry)));
    },
    reader: () => openLedgerReader({ directory: path }),
    close: async () => {
      await maintenance.close();
      await writer.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export function writeEntry(writer: RecoveringLedgerWriter, entry: LedgerEntry): Promise<void> {
  if (entry.kind === "opened") return writer.open(entry);
  return entry.kind === "settled" ? writer.settle(entry) : writer.correct(entry);
}
