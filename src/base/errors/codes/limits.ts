import type { ErrorDefinition } from "../code-definition.ts";

/** What a caller is told when a limit stops a call. */
export const LIMIT_ERRORS = {
  LIMIT_RATE: {
    meaning: "Calls or tokens per minute are used up for the moment.",
    status: 429,
    mend: "Try again after retry-after, or let calls wait their turn with x-purser-wait: 30s.",
  },
  LIMIT_CONCURRENT: {
    meaning: "As many calls are in flight as may be at once.",
    status: 429,
    mend: "Try again when one of them is over, or let calls wait with x-purser-wait: 30s.",
  },
  LIMIT_CALL_TOO_LARGE: {
    meaning: "The call alone is larger than what a whole minute allows.",
    status: 429,
    mend: "Send a shorter prompt, or raise the limit of tokens per minute.",
  },
  LIMIT_MAX_TOKENS: {
    meaning: "The call asks for a larger max_tokens than it may.",
    status: 400,
    mend: "Ask for at most the max_tokens that is named.",
  },
  LIMIT_SESSION: {
    meaning: "The session has reached its limit of calls, tokens or dollars.",
    status: 429,
    mend: "Begin a new session, or raise its limit.",
  },
  LIMIT_CALL_SPEND: {
    meaning: "One call has reached the most that it may cost, and was ended.",
    status: 429,
    mend: "Ask for less in one call, or raise the limit.",
  },
  LIMIT_LOOP: {
    meaning: "The same call, or the same tool, comes again and again: a loop, most likely.",
    status: 429,
    mend: "Look at what the program sends; a word from its user begins the count anew.",
  },
} as const satisfies Record<string, ErrorDefinition>;
