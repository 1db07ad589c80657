import type { OpenedEntry, SettledEntry } from "./entry.ts";

/** A call that was recorded elsewhere; `opened.imported` says where. */
export type ImportedExchange = { readonly opened: OpenedEntry; readonly settled: SettledEntry };

/** What one run did to the ledger. A record is what was handed over; a call may have several. */
export type ImportAnswer = {
  readonly records: number;
  /** Calls that were not there before. */
  readonly added: number;
  /** Calls whose record gave way to a better one. */
  readonly replaced: number;
  /** Calls that were there already, from this source or a better one. */
  readonly unchanged: number;
  /** Calls that the gateway measured itself, or that another record names by its message. */
  readonly countedElsewhere: number;
  /** Calls taken out, because the gateway has them or another record names them by their message. */
  readonly removed: number;
};

/**
 * Adds calls of others to the ledger, while a gateway may be writing to it. What one importer was
 * given goes in whole with `commit`, or not at all.
 *
 * Errors: `LEDGER_FORBIDDEN`, `LEDGER_UNWRITABLE`, `LEDGER_DAMAGED`, `LEDGER_VERSION_NEWER`,
 * `LEDGER_BUSY`, `LEDGER_ENGINE_FAILED`.
 */
export type LedgerImporter = {
  /** Resolves when more may be given. */
  readonly add: (exchange: ImportedExchange) => Promise<void>;
  /** Once. */
  readonly commit: () => Promise<ImportAnswer>;
  /** Keys the fingerprints of credentials, as the gateway's are. Never logged. */
  readonly installationSecret: Uint8Array;
  /** Lets go of everything; without a commit nothing has happened. */
  readonly close: () => Promise<void>;
};
