import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { PurserError } from "../../../base/index.ts";
import type { LedgerReader } from "../../contracts/index.ts";
import { openEngine } from "../engine/index.ts";
import { ledgerLayout } from "../layout.ts";
import { readManifest } from "../manifest/index.ts";
import { followEntries } from "./follow-entries.ts";

/** A question that takes longer is interrupted. */
const QUERY_TIMEOUT_MS = 30_000;
/** Reading every byte of a large ledger takes a while. */
const VERIFY_TIMEOUT_MS = 60 * 60_000;

export type LedgerReaderOptions = {
  /** The data directory. */
  readonly directory: string;
  readonly queryTimeoutMs?: number;
};

/**
 * Opens the ledger of a data directory for reading. The engine's process starts with the first
 * question. Errors: `LEDGER_NOT_FOUND`, `LEDGER_VERSION_NEWER`, `LEDGER_DAMAGED`.
 */
export async function openLedgerReader(options: LedgerReaderOptions): Promise<LedgerReader> {
  const directory = resolve(options.directory);
  const layout = ledgerLayout(directory);
  if (!existsSync(layout.journal)) {
    throw new PurserError("LEDGER_NOT_FOUND", {
      what: "there is no ledger here",
      where: directory,
    });
  }
  readManifest(layout.manifest);
  const timeoutMs = options.queryTimeoutMs ?? QUERY_TIMEOUT_MS;
  const engine = openEngine({ directory, exportFolder: null });
  return {
    spend: (question) => engine.call("spend", question, timeoutMs),
    exchanges: (question) => engine.call("exchanges", question, timeoutMs),
    exchange: (id) => engine.call("exchange", id, timeoutMs),
    span: () => engine.call("span", null, timeoutMs),
    tail: (signal) => followEntries(layout, signal),
    verify: () => engine.call("verify", null, VERIFY_TIMEOUT_MS),
    export: async () => {
      throw new PurserError("LEDGER_ENGINE_FAILED", { what: "export is not built yet" });
    },
    close: () => engine.close(),
  };
}
