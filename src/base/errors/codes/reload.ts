import type { ErrorDefinition } from "../code-definition.ts";

/** Why a running Purser could not be asked to read its configuration again. */
export const RELOAD_ERRORS = {
  RELOAD_NOT_RUNNING: {
    meaning: "No Purser that could be reloaded runs on the data directory.",
    status: 409,
    mend: "Name the data directory of the one that is meant with --data; a start reads the file anyway.",
  },
  RELOAD_TOKEN_UNKNOWN: {
    meaning:
      "The running Purser can be asked with its token alone, and the token is not known here.",
    status: 401,
    mend: "Set PURSER_CONTROL_TOKEN to the token that `purser up` printed, or send the process SIGHUP.",
  },
  RELOAD_UNANSWERED: {
    meaning: "The running Purser did not answer, or what answered is no Purser.",
    status: 502,
    mend: "Send the process SIGHUP instead, and look into its log for what became of it.",
  },
} as const satisfies Record<string, ErrorDefinition>;
