import type { ErrorDefinition } from "../code-definition.ts";

/** The data directory, the journal, the Parquet generations and the engine that queries them. */
export const LEDGER_ERRORS = {
  LEDGER_NOT_FOUND: {
    meaning: "The data directory holds no ledger.",
    status: 404,
    mend: "Name the directory that the gateway writes to (--data DIR), or start the gateway once.",
  },
  LEDGER_VERSION_NEWER: {
    meaning: "The data directory was written by a newer Purser than this one.",
    status: 409,
    mend: "Run the newer version of Purser; nothing was changed.",
  },
  LEDGER_DAMAGED: {
    meaning: "A file of the data directory cannot be read as what it should be.",
    status: 500,
    mend: "Run `purser ledger verify` to see what is damaged, and restore that file from a backup.",
  },
  LEDGER_FORBIDDEN: {
    meaning: "The operating system forbids the access to the data directory that Purser needs.",
    status: 500,
    mend: "Give the user that runs Purser the right to read and write the directory, or name another.",
  },
  LEDGER_LOCKED: {
    meaning: "Another process holds the data directory and carries the traffic.",
    status: 409,
    mend: "Stop that process, or start this one with a data directory of its own (--data DIR).",
  },
  LEDGER_UNWRITABLE: {
    meaning: "The disk refused a write: it is full, gone, failing or read-only.",
    status: 503,
    mend: "Free space or mend the disk; Purser tries again by itself and goes on when a write succeeds.",
  },
  LEDGER_ENTRY_TOO_LARGE: {
    meaning: "One entry is larger than the journal takes.",
    status: 413,
    mend: "Send a prompt with fewer blocks.",
  },
  LEDGER_CLOSED: {
    meaning: "The ledger was asked for something after it had been closed.",
    status: 503,
    mend: "Send the call again once Purser has restarted.",
  },
  LEDGER_QUESTION_INVALID: {
    meaning: "A question to the ledger names an unknown dimension or is out of bounds.",
    status: 400,
    mend: "Use the dimensions that `purser report --help` lists.",
  },
  LEDGER_QUERY_TIMEOUT: {
    meaning: "A question to the ledger took longer than its time limit and was interrupted.",
    status: 504,
    mend: "Ask for a shorter window or fewer dimensions.",
  },
  LEDGER_BUSY: {
    meaning: "Too many questions wait for the ledger's engine.",
    status: 429,
    mend: "Ask again in a moment.",
  },
  LEDGER_ENGINE_FAILED: {
    meaning: "The process that answers questions to the ledger could not start, or ended early.",
    status: 500,
    mend: "Ask again; when it happens again, run `purser doctor`. Metering goes on meanwhile.",
  },
  LEDGER_EXPORT_FAILED: {
    meaning: "An export could not be written to the file that was named.",
    status: 400,
    mend: "Name a file in a directory that exists and that Purser may write to.",
  },
} as const satisfies Record<string, ErrorDefinition>;
