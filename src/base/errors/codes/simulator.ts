import type { ErrorDefinition } from "../code-definition.ts";

/** Mistakes in how a simulator is started; what it answers to calls are the provider's own errors. */
export const SIMULATOR_ERRORS = {
  SIMULATOR_SCENARIO_UNKNOWN: {
    meaning: "The simulator was asked for a scenario that it does not have.",
    status: 400,
    mend: "Name one of the scenarios that `purser simulate --help` lists.",
  },
  SIMULATOR_PORT_UNAVAILABLE: {
    meaning: "The simulator cannot listen on the port and host it was given.",
    status: 500,
    mend: "Choose another port, or 0 for a free one, or end the process that holds it.",
  },
} as const satisfies Record<string, ErrorDefinition>;
