import type { ErrorDefinition } from "../code-definition.ts";

/** What replaying or planning the prompt cache answers when it cannot do its work. */
export const CACHE_ERRORS = {
  CACHE_MODEL_MISSING: {
    meaning: "A trace or a request does not say which model it is to be priced as.",
    status: 400,
    mend: "Say which model: --model claude-opus-5-5.",
  },
  CACHE_MODEL_UNCACHED: {
    meaning: "The model has no price for cache reads and writes, or no known minimum length.",
    status: 400,
    mend: "Name a model that is sold with prompt caching; `purser models` lists them.",
  },
  CACHE_ASSUMPTION_UNKNOWN: {
    meaning: "An assumption about the provider's cache has no such name, or no such value.",
    status: 400,
    mend: "Write name=value; `purser cache replay --help` lists the names.",
  },
  CACHE_TRAFFIC_MISSING: {
    meaning:
      "There is no traffic to replay or to plan for: no exchange that counts is in the window.",
    status: 404,
    mend: "Widen the window, drop a filter, or let calls pass through the gateway first.",
  },
  CACHE_TRAFFIC_LARGE: {
    meaning: "The window holds more requests than are replayed at once.",
    status: 400,
    mend: "Ask for a shorter window, or filter by endpoint.",
  },
  CACHE_SOURCE_AMBIGUOUS: {
    meaning: "Both a trace and the ledger were named, or both a request and an endpoint.",
    status: 400,
    mend: "Name one of the two.",
  },
  CACHE_REQUEST_UNREADABLE: {
    meaning: "The text to plan for is no body of a Messages request.",
    status: 400,
    mend: "Give the JSON body as it is sent to POST /v1/messages.",
  },
} as const satisfies Record<string, ErrorDefinition>;
