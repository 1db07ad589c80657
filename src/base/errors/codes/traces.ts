import type { ErrorDefinition } from "../code-definition.ts";

/** Recorded traffic of others that cannot be read. */
export const TRACE_ERRORS = {
  TRACE_FORMAT_UNKNOWN: {
    meaning: "A trace file is of no format that can be read.",
    status: 400,
    mend:
      "Give one of these, plain or compressed (.zst, .gz): Claude Code conversations with prefix hashes (JSON lines), " +
      "Claude Code transcripts reduced to usage and block hashes (JSON lines), Mooncake (JSON lines), Azure LLM inference (CSV).",
  },
  TRACE_FILE_UNREADABLE: {
    meaning: "A trace file cannot be read: it is not there, or its compression is damaged.",
    status: 400,
    mend: "Check the path, its permissions, and that the file is whole.",
  },
  TRACE_LINE_BROKEN: {
    meaning: "A line of a trace file is not one of its format.",
    status: 400,
    mend: "Record the trace again, or remove the line.",
  },
} as const satisfies Record<string, ErrorDefinition>;
