import type { ErrorDefinition } from "../code-definition.ts";

export const BUDGET_ERRORS = {
  BUDGET_EXCEEDED: {
    meaning: "The most that the call can come to is more than a budget has left.",
    status: 429,
    mend: "Wait until the budget refills, or raise it; `purser budget explain` shows the figures.",
  },
  BUDGET_UNBOUNDED: {
    meaning: "A budget takes no call whose cost has no bound beforehand.",
    status: 400,
    mend: "Leave out what is named, or give the budget a ceiling for such calls (whenUnbounded).",
  },
  BUDGET_STATE_UNKNOWN: {
    meaning: "What is left of the budgets is not known, so the call was not forwarded.",
    status: 503,
    mend: "Look at the gateway's log; budgets.onFailure says whether calls pass meanwhile.",
  },
  BUDGET_NAME_INVALID: {
    meaning: "A budget has no usable name.",
    status: 400,
    mend: "Give it 1 to 64 letters, digits, dots, dashes or underscores.",
  },
  BUDGET_NAME_TAKEN: {
    meaning: "Another budget has this name already.",
    status: 409,
    mend: "Give each budget a name of its own; `purser budget list` shows them.",
  },
  BUDGET_NOT_FOUND: {
    meaning: "There is no budget of this name.",
    status: 404,
    mend: "`purser budget list` shows every budget.",
  },
  BUDGET_FROM_FILE: {
    meaning: "The budget is written in purser.yaml, so it cannot be changed by a command.",
    status: 409,
    mend: "Change it in the file, then start Purser again.",
  },
  BUDGET_LIMIT_INVALID: {
    meaning: "A budget's limit is not an amount above zero.",
    status: 400,
    mend: 'Write dollars ("$500"), tokens ("2000000 tokens") or calls ("1000 calls").',
  },
  BUDGET_CURRENCY_UNKNOWN: {
    meaning: "A budget's limit is in a currency that the provider does not bill in.",
    status: 400,
    mend: 'Write dollars, such as "$500" or "500 usd": Purser converts no currencies.',
  },
  BUDGET_WINDOW_INVALID: {
    meaning: "A budget's window is not one that Purser knows, or never ends.",
    status: 400,
    mend: 'Write hour, day, week, month, session, lifetime, or a length such as "rolling 24h".',
  },
  BUDGET_TIME_ZONE_UNKNOWN: {
    meaning: "A budget names a time zone that this machine does not know.",
    status: 400,
    mend: "Write a name such as UTC, Europe/Berlin or America/New_York.",
  },
  BUDGET_ATTRIBUTE_UNKNOWN: {
    meaning: "A budget matches on something that calls do not have.",
    status: 400,
    mend: "Write key, user, team, endpoint, model, session, user-type or tag:NAME.",
  },
  BUDGET_SETTING_INVALID: {
    meaning: "A setting of a budget has a value that cannot be used.",
    status: 400,
    mend: "Write one of the values that are named.",
  },
  BUDGET_STEP_INVALID: {
    meaning: "A step of a budget cannot be read, or cannot be done.",
    status: 400,
    mend: 'Write "80% warn", "90% max-tokens 1024", "92% effort low" or "95% model MODEL".',
  },
  BUDGETS_FULL: {
    meaning: "There are as many budgets as there may be.",
    status: 409,
    mend: "Remove budgets, or use one with `per` in place of many of the same kind.",
  },
} as const satisfies Record<string, ErrorDefinition>;
