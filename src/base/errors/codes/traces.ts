import type { ErrorDefinition } from "../code-definition.ts";

/** Recorded traffic of others that cannot be read. */
export const TRACE_ERRORS = {
  TRACE_FORMAT_UNKNOWN: {
    meaning: "A trace file is of no format that can be read.",
    status: 400,
    mend: "Give a Claude Code, Mooncake or Azure trace, plain or compressed (.zst, .gz).",
  },
  TRACE_LINE_BROKEN: {
    meaning: "A line of a trace file is not a JSON object.",
    status: 400,
    mend: "Record the trace again, or remove the line.",
  },
} as const satisfies Record<string, ErrorDefinition>;
