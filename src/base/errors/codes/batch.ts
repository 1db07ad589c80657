import type { ErrorDefinition } from "../code-definition.ts";

/** What deferral and batch jobs answer when they cannot do their work. */
export const BATCH_ERRORS = {
  BATCH_DEADLINE_INVALID: {
    meaning: "A deadline cannot be read, has passed, or is more than 24 hours away.",
    status: 400,
    mend: "Send x-purser-deadline as a duration (90m, 4h) or a time (2026-11-25T18:00:00Z) within a day.",
  },
  BATCH_DELIVERY_INVALID: {
    meaning: "A deferred call asks for its answer in a way that there is not.",
    status: 400,
    mend: "Send x-purser-delivery: hold (keep the connection) or poll (fetch it from the Location).",
  },
  BATCH_KEY_NEEDED: {
    meaning: "A call with a client's own key cannot be deferred: Purser never keeps such a key.",
    status: 400,
    mend: "Make a virtual key (`purser keys create`) and send that, or leave the deadline out.",
  },
  BATCH_CALL_FORBIDDEN: {
    meaning: "A request asks for something that a batch cannot do, so it cannot be deferred.",
    status: 400,
    mend: "Leave that out, or leave the deadline out and have the call made now.",
  },
  BATCH_QUEUE_FULL: {
    meaning: "As many calls wait for batches as Purser may hold.",
    status: 429,
    mend: "Try again later, make the call without a deadline, or raise batch.callsMax.",
  },
  BATCH_UNAVAILABLE: {
    meaning: "Purser cannot defer calls as it was started.",
    status: 503,
    mend: "Give Purser the provider's key (PURSER_UPSTREAM_KEY) and start it again.",
  },
  BATCH_CALL_UNKNOWN: {
    meaning: "There is no deferred call of that id under this key, or its answer was let go.",
    status: 404,
    mend: "Ask with the key that made the call; answers are kept for a week.",
  },
  BATCH_CALL_CANCELED: {
    meaning: "The deferred call was canceled before it was answered.",
    status: 409,
    mend: "Make the call again if you want its answer.",
  },
  BATCH_DEADLINE_MISSED: {
    meaning: "Neither a batch nor a call in real time was answered before the deadline.",
    status: 504,
    mend: "Make the call again; look at the log for why the upstream did not answer.",
  },
  BATCH_SEAL_BROKEN: {
    meaning: "A text that waited on the disk cannot be opened: it was changed, or the secret was.",
    status: 500,
    mend: "Restore state.sqlite and installation.json from the same moment.",
  },
} as const satisfies Record<string, ErrorDefinition>;
