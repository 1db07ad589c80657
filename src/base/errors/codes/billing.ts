import type { ErrorDefinition } from "../code-definition.ts";

/** Prices and bills: what a user configured about them and cannot stand. */
export const BILLING_ERRORS = {
  CATALOGUE_OVERRIDE_INVALID: {
    meaning: "A model, price, discount or showback rule that the user configured makes no sense.",
    status: 400,
    mend: "Correct the entry that the message names; docs/concepts/prices.md shows the fields.",
  },
  PRICE_NOT_WHOLE: {
    meaning:
      "A discount leaves a price that is not a whole number of micro-dollars per million tokens.",
    status: 400,
    mend: "Choose a percentage that leaves whole prices, or give the model its own prices.",
  },
} as const satisfies Record<string, ErrorDefinition>;
