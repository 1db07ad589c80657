import type { ErrorDefinition } from "../code-definition.ts";

/** What `purser estimate` and `purser whatif` answer when they cannot do their work. */
export const ESTIMATE_ERRORS = {
  DESIGN_UNREADABLE: {
    meaning: "The design is not well-formed YAML.",
    status: 400,
    mend: "Mend the line that is named; indentation is by spaces, and a key ends with a colon.",
  },
  DESIGN_INVALID: {
    meaning: "The design has a missing, unknown or wrong key.",
    status: 400,
    mend: "Correct the key that is named; docs/concepts/estimate.md lists them all.",
  },
  DESIGN_IMPOSSIBLE: {
    meaning:
      "The design cannot be: it contradicts itself, or asks more of a model than the model can do.",
    status: 400,
    mend: "Change one of the two that do not go together.",
  },
  DESIGN_MISSING: {
    meaning: "Neither a design nor the flags that make up one were given.",
    status: 400,
    mend: "Give a file, or at least --output-tokens and --calls-per-day.",
  },
  DESIGN_AMBIGUOUS: {
    meaning: "A design and flags that make up another one were both given.",
    status: 400,
    mend: "Give one of the two; a design's sizes stand in its file.",
  },
  DESIGN_UNPRICED: {
    meaning: "The design's model is not sold in this way on that day.",
    status: 400,
    mend: "Name another model or another day; `purser models --all` lists both.",
  },
  WHATIF_POLICY_UNREADABLE: {
    meaning: "The file of policies is not well-formed YAML.",
    status: 400,
    mend: "Mend the line that is named; indentation is by spaces, and a key ends with a colon.",
  },
  WHATIF_POLICY_INVALID: {
    meaning: "The file of policies has a missing, unknown or wrong key.",
    status: 400,
    mend: "Correct the key that is named; docs/concepts/whatif.md lists the levers.",
  },
  WHATIF_POLICY_MISSING: {
    meaning: "There is no policy to ask about.",
    status: 400,
    mend: "Give a file of policies, or write some into purser.yaml.",
  },
  WHATIF_ENDPOINT_UNKNOWN: {
    meaning: "A policy names an endpoint of which the window has no call.",
    status: 400,
    mend: "Correct the name, or widen the window; `purser report --by endpoint` lists them.",
  },
  WHATIF_TRAFFIC_MISSING: {
    meaning: "There is no traffic to ask about: no billed call is in the window.",
    status: 404,
    mend: "Widen the window, or let calls pass through the gateway first.",
  },
  WHATIF_STOPPED: {
    meaning: "The question was stopped before it was answered.",
    status: 499,
    mend: "Ask again, for a shorter window if it takes too long.",
  },
} as const satisfies Record<string, ErrorDefinition>;
