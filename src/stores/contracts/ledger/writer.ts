import type { CorrectedEntry, OpenedEntry, SettledEntry } from "./entry.ts";

/**
 * The side of the ledger that the gateway holds. One process writes at a time.
 *
 * Errors: `LEDGER_UNWRITABLE` when the disk refuses (full, gone, read-only). After it, `state()` is
 * `"refusing"` until a write succeeds again.
 */
export type LedgerWriter = {
  /** Resolves once the entry has been handed to the operating system: it survives the process. */
  readonly open: (entry: OpenedEntry) => Promise<void>;
  /** Resolves once the entry is on the disk: it survives the machine. */
  readonly settle: (entry: SettledEntry) => Promise<void>;
  readonly correct: (entry: CorrectedEntry) => Promise<void>;
  readonly state: () => LedgerState;
  /** Waits for everything appended so far, seals the journal, lets go of the directory's lock. */
  readonly close: () => Promise<void>;
};

export type LedgerState =
  | { readonly kind: "ready" }
  | { readonly kind: "refusing"; readonly reason: string };
