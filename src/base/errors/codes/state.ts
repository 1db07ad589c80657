import type { ErrorDefinition } from "../code-definition.ts";

/** The store of definitions: keys and what else people make and change. */
export const STATE_ERRORS = {
  STATE_NOT_FOUND: {
    meaning: "The data directory holds no state store, so nothing has been defined in it.",
    status: 404,
    mend: "Name the directory that the gateway uses (--data DIR), or make a first key.",
  },
  STATE_VERSION_NEWER: {
    meaning: "The state store was written by a newer Purser than this one.",
    status: 409,
    mend: "Run the newer version of Purser; nothing was changed.",
  },
  STATE_DAMAGED: {
    meaning: "The state store cannot be read as what it should be.",
    status: 500,
    mend: "Restore state.sqlite from a backup. The ledger is apart from it and stands.",
  },
  STATE_FORBIDDEN: {
    meaning: "The operating system forbids the access to the state store that Purser needs.",
    status: 500,
    mend: "Give the user that runs Purser the right to read and write the data directory.",
  },
  STATE_BUSY: {
    meaning: "Another process wrote to the state store for longer than Purser waits.",
    status: 503,
    mend: "Try again in a moment.",
  },
  STATE_UNWRITABLE: {
    meaning: "The disk refused a write to the state store: it is full, gone, failing or read-only.",
    status: 503,
    mend: "Free space or mend the disk, then try again.",
  },
} as const satisfies Record<string, ErrorDefinition>;
