import type { ErrorDefinition } from "../code-definition.ts";

/** What is wrong with where alerts go. */
export const ALERT_ERRORS = {
  ALERT_TARGET_INVALID: {
    meaning: "The URL of a webhook is none that alerts can be sent to.",
    status: 400,
    mend: "Write an https URL without a user and a password in it.",
  },
  ALERT_TARGET_PRIVATE: {
    meaning: "A webhook leads into a private network, or to this machine, and is not allowed to.",
    status: 400,
    mend: "Give a public address, or set allowPrivate for this target if that is meant.",
  },
  ALERT_TARGET_UNREACHABLE: {
    meaning: "The name of a webhook's host has no address.",
    status: 502,
    mend: "Check the host's name and the resolver of this machine.",
  },
  ALERT_SECRET_MISSING: {
    meaning: "The secret or the URL of a webhook is not where the configuration says.",
    status: 500,
    mend: "Set the variable, or write the file, that is named.",
  },
} as const satisfies Record<string, ErrorDefinition>;
