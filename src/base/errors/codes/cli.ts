import type { ErrorDefinition } from "../code-definition.ts";

/** What can be wrong with a command line. */
export const CLI_ERRORS = {
  CLI_COMMAND_UNKNOWN: {
    meaning: "There is no command of this name.",
    status: 400,
    mend: "Run `purser --help` for the commands.",
  },
  CLI_FLAG_UNKNOWN: {
    meaning: "The command has no such flag.",
    status: 400,
    mend: "Run the command with --help for its flags.",
  },
  CLI_FLAG_INVALID: {
    meaning: "A flag lacks its value, has one that cannot be read, or is given twice.",
    status: 400,
    mend: "Run the command with --help for what the flag takes.",
  },
  CLI_ARGUMENT_UNEXPECTED: {
    meaning: "The command takes fewer arguments than it was given.",
    status: 400,
    mend: "Run the command with --help for its arguments; quote a value that has spaces.",
  },
  CLI_INPUT_MISSING: {
    meaning: "The command reads its standard input, and there is none.",
    status: 400,
    mend: "Pipe the text in, or give a file name.",
  },
  CLI_INPUT_UNREADABLE: {
    meaning: "A file that was named as input cannot be read, or is too large.",
    status: 400,
    mend: "Check the path, its permissions and its size.",
  },
  CLI_NODE_TOO_OLD: {
    meaning: "Purser was started by a Node.js that is too old for it.",
    status: 500,
    mend: "Install Node.js 22.13 or later.",
  },
} as const satisfies Record<string, ErrorDefinition>;
