import type { ErrorDefinition } from "../code-definition.ts";

/** What can be wrong with `purser.yaml`, a `PURSER_*` variable or a flag. Nothing is started. */
export const CONFIG_ERRORS = {
  CONFIG_NOT_FOUND: {
    meaning: "The configuration file that was named does not exist.",
    status: 400,
    mend: "Check the path given to --config or PURSER_CONFIG.",
  },
  CONFIG_UNREADABLE: {
    meaning: "The configuration file, or a file it names, cannot be read.",
    status: 400,
    mend: "Check that it is a readable text file of at most one mebibyte.",
  },
  CONFIG_SYNTAX: {
    meaning: "The configuration file is not well-formed YAML.",
    status: 400,
    mend: "Mend the line that is named; indentation is by spaces, and a key ends with a colon.",
  },
  CONFIG_DUPLICATE_KEY: {
    meaning: "The configuration file sets the same key twice.",
    status: 400,
    mend: "Keep one of the two lines.",
  },
  CONFIG_UNKNOWN_KEY: {
    meaning: "The configuration file sets a key that does not exist.",
    status: 400,
    mend: "Correct or remove the key; docs/reference/configuration.md lists them all.",
  },
  CONFIG_WRONG_TYPE: {
    meaning: "A setting has a value of the wrong kind, for example a text where a number belongs.",
    status: 400,
    mend: "Write a value of the kind that is named.",
  },
  CONFIG_INVALID_VALUE: {
    meaning: "A setting has a value that cannot be understood.",
    status: 400,
    mend: "Write one of the values that are named.",
  },
  CONFIG_OUT_OF_RANGE: {
    meaning: "A setting has a value outside the range it may have.",
    status: 400,
    mend: "Write a value inside the range that is named.",
  },
  CONFIG_UNSUPPORTED: {
    meaning: "The configuration asks for something that this version of Purser does not do.",
    status: 400,
    mend: "Remove it; Purser does not ignore a setting in silence.",
  },
  CONFIG_CONFLICT: {
    meaning: "Two settings contradict each other.",
    status: 400,
    mend: "Change one of the two settings that are named.",
  },
  CONFIG_EXPOSED: {
    meaning: "The control plane would listen beyond this machine without being told to.",
    status: 400,
    mend: "Set control.allowRemote to true if that is meant, and put TLS in front of it.",
  },
} as const satisfies Record<string, ErrorDefinition>;
