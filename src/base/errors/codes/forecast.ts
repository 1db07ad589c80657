import type { ErrorDefinition } from "../code-definition.ts";

/** What a forecast cannot be asked. */
export const FORECAST_ERRORS = {
  FORECAST_HORIZON_INVALID: {
    meaning: "The horizon of a forecast cannot be read, is past, or is too far away.",
    status: 400,
    mend: "Write month-end, a distance such as 12h, 30d or 8w, or a day to come; at most 400 days.",
  },
  FORECAST_PRICE_DECLINE_INVALID: {
    meaning: "A decline of prices cannot be read.",
    status: 400,
    mend: "Write a share for a span of time: 20%/year or 3%/month; from 0% to 99%.",
  },
  FORECAST_BUDGET_INVALID: {
    meaning: "A budget of a forecast is no amount above zero.",
    status: 400,
    mend: "Write dollars for a calendar month as a decimal above zero, such as 500.",
  },
} as const satisfies Record<string, ErrorDefinition>;
