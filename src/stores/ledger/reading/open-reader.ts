import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { PurserError } from "../../../base/index.ts";
import type { LedgerReader } from "../../contracts/index.ts";
import { openEngine } from "../engine/index.ts";
import { ledgerLayout } from "../layout.ts";
import { readManifest } from "../manifest/index.ts";
import { followEntries } from "./follow-entries.ts";
import { resolvedPrompts } from "./resolve-prompts.ts";
import { streamTraffic, trafficCounts } from "./stream-traffic.ts";

/** A question that takes longer is interrupted. */
const QUERY_TIMEOUT_MS = 30_000;
/** Reading every byte of a large ledger takes a while. */
const VERIFY_TIMEOUT_MS = 60 * 60_000;
const EXPORT_TIMEOUT_MS = 60 * 60_000;

export type LedgerReaderOptions = {
  /** The data directory. */
  readonly directory: string;
  readonly queryTimeoutMs?: number;
};

/**
 * Opens the ledger of a data directory for reading. The engine's process starts with the first
 * question. Errors: `LEDGER_NOT_FOUND`, `LEDGER_FORBIDDEN`, `LEDGER_VERSION_NEWER`, `LEDGER_DAMAGED`.
 */
export async function openLedgerReader(options: LedgerReaderOptions): Promise<LedgerReader> {
  const directory = resolve(options.directory);
  const layout = ledgerLayout(directory);
  checkReadable(directory, layout.journal);
  readManifest(layout.manifest);
  const timeoutMs = options.queryTimeoutMs ?? QUERY_TIMEOUT_MS;
  const engine = openEngine({ directory, exportFolder: null });
  return {
    spend: (question) => engine.call("spend", question, timeoutMs),
    arms: (question) => engine.call("arms", question, timeoutMs),
    charges: (question) => engine.call("charges", question, timeoutMs),
    billedUsage: (window) => engine.call("billedUsage", window, timeoutMs),
    series: (question) => engine.call("series", question, timeoutMs),
    exchanges: (question) => engine.call("exchanges", question, timeoutMs),
    prompts: (window) => resolvedPrompts(engine, window, timeoutMs),
    trafficCounts: (window) => trafficCounts(engine, window, timeoutMs),
    traffic: (window) => streamTraffic(engine, window, timeoutMs),
    exchange: (id) => engine.call("exchange", id, timeoutMs),
    span: () => engine.call("span", null, timeoutMs),
    tail: (signal) => followEntries(layout, signal),
    verify: () => engine.call("verify", null, VERIFY_TIMEOUT_MS),
    export: (question) => exportTo(directory, question),
    close: () => engine.close(),
  };
}

/** A ledger that this user may not see is not one that is not there. */
function checkReadable(directory: string, journal: string): void {
  try {
    accessSync(journal, constants.R_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOENT" || code === "ENOTDIR") {
      const what = "there is no ledger here";
      throw new PurserError("LEDGER_NOT_FOUND", { what, where: directory });
    }
    const what = `this user may not read the ledger (${code})`;
    throw new PurserError("LEDGER_FORBIDDEN", { what, where: directory, cause: error });
  }
}

/** An export has an engine of its own: SQL may write to that one folder, and to no other. */
async function exportTo(
  directory: string,
  question: Parameters<LedgerReader["export"]>[0],
): ReturnType<LedgerReader["export"]> {
  const file = resolve(question.file);
  const folder = dirname(file);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new PurserError("LEDGER_EXPORT_FAILED", {
      what: "there is no such folder",
      where: folder,
    });
  }
  const engine = openEngine({ directory, exportFolder: folder });
  try {
    return await engine.call("export", { ...question, file }, EXPORT_TIMEOUT_MS);
  } finally {
    await engine.close();
  }
}
