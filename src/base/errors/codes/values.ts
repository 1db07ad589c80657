import type { ErrorDefinition } from "../code-definition.ts";

/** Values that a person or a file gave and that cannot be read. */
export const VALUE_ERRORS = {
  VALUE_NOT_DECIMAL_USD: {
    meaning: "An amount or a price is not a plain decimal number of dollars.",
    status: 400,
    mend: "Write a decimal such as 0.25, without a currency sign, an exponent or separators.",
  },
} as const satisfies Record<string, ErrorDefinition>;
