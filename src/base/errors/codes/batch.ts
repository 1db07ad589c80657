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
  BATCH_JOB_UNKNOWN: {
    meaning: "There is no job of batches with this id.",
    status: 404,
    mend: "Run `purser batch list` for the jobs of this data directory.",
  },
  BATCH_JOB_EMPTY: {
    meaning: "A file has no request that a batch could hold.",
    status: 400,
    mend: 'Write one JSON object a line: {"custom_id", "params"}, or the params alone.',
  },
  BATCH_JOB_REFUSED: {
    meaning: "The API, or a limit or budget before it, did not take a part of a job.",
    status: 400,
    mend: "Mend what it says, or wait for room, then go on: purser batch submit FILE --resume JOB.",
  },
  BATCH_JOB_UNSURE: {
    meaning: "A part of a job was sent and nobody heard whether a batch was made of it.",
    status: 502,
    mend: "Go on later: purser batch submit FILE --resume JOB looks for it before it sends it again.",
  },
  BATCH_SOURCE_CHANGED: {
    meaning: "The file is not the one that the job was made of.",
    status: 400,
    mend: "Give the same file again, or submit this one as a job of its own.",
  },
  BATCH_OUTPUT_UNUSABLE: {
    meaning: "Results cannot be written to this file.",
    status: 400,
    mend: "Name a file that is not there yet, or the one that earlier results of this job went to.",
  },
  BATCH_GATEWAY_UNREACHABLE: {
    meaning: "The gateway did not answer, or answered something else than the API would.",
    status: 502,
    mend: "Start it (`purser up`), or name its address with --base-url; then run the command again.",
  },
  BATCH_CLIENT_KEY_MISSING: {
    meaning: "A command that talks to the gateway has no key to do so.",
    status: 400,
    mend: "Set PURSER_KEY to a virtual key, or ANTHROPIC_API_KEY to a key of your own.",
  },
  BATCH_SEAL_BROKEN: {
    meaning: "A text that waited on the disk cannot be opened: it was changed, or the secret was.",
    status: 500,
    mend: "Restore state.sqlite and installation.json from the same moment.",
  },
} as const satisfies Record<string, ErrorDefinition>;
