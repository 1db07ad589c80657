import type { ErrorDefinition } from "../code-definition.ts";

/** Making and changing virtual keys. What a caller with a wrong key is told is in gateway.ts. */
export const KEY_ERRORS = {
  KEY_NOT_FOUND: {
    meaning: "No virtual key has this id or name.",
    status: 404,
    mend: "`purser keys list` shows them all.",
  },
  KEY_NAME_TAKEN: {
    meaning: "Another virtual key, perhaps a revoked one, has this name.",
    status: 409,
    mend: "Choose another name; reports name keys by it, so names are never used twice.",
  },
  KEY_REVOKED_ALREADY: {
    meaning: "The virtual key is revoked, and a revoked key does not come back.",
    status: 409,
    mend: "Make a new key with `purser keys create`.",
  },
  KEYS_FULL: {
    meaning: "There are as many virtual keys as one installation keeps.",
    status: 409,
    mend: "Use one key for each team or program, and x-purser-user to tell users apart.",
  },
} as const satisfies Record<string, ErrorDefinition>;
