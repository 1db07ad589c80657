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
} as const satisfies Record<string, ErrorDefinition>;
