import type { ErrorDefinition } from "../code-definition.ts";

/** What an operation, or the control plane that serves it, answers when it cannot do its work. */
export const OPERATIONS_ERRORS = {
  OPERATION_INPUT_INVALID: {
    meaning: "The input of an operation has a missing, unknown or wrong field.",
    status: 400,
    mend: "Correct the field that is named; the operation's reference page lists them all.",
  },
  OPERATION_TIME_INVALID: {
    meaning: "A point in time cannot be read.",
    status: 400,
    mend: "Write a day (2026-11-22), a time with its zone (2026-11-22T10:00:00Z), a distance back from now (90m, 24h, 7d, 2w), now, today or yesterday.",
  },
  OPERATION_FILTER_INVALID: {
    meaning: "A filter of a report cannot be read.",
    status: 400,
    mend: "Write dimension=value or dimension!=value; an empty value asks for the rows without one.",
  },
  OPERATION_DIMENSION_UNKNOWN: {
    meaning: "A report is asked for by a dimension that does not exist.",
    status: 400,
    mend: "Use one of the dimensions that `purser report --help` lists, or tag:NAME.",
  },
  OPERATION_RESULT_LARGE: {
    meaning: "The answer would be larger than the limit of the operation.",
    status: 400,
    mend: "Ask for less: a shorter window, a smaller limit.",
  },
  COST_INPUT_UNREADABLE: {
    meaning: "The text to price is no usage object, Message, event stream or batch result.",
    status: 400,
    mend: "Give the response body as the API sent it.",
  },
  COST_MODEL_MISSING: {
    meaning: "A usage object alone does not say which model it is of.",
    status: 400,
    mend: "Say which model it was: --model claude-opus-5-5.",
  },
  MODEL_UNKNOWN: {
    meaning: "No model is known by this id.",
    status: 404,
    mend: "Check the id with `purser models --all`; ids match exactly. Own models go into purser.yaml.",
  },
  EXCHANGE_NOT_FOUND: {
    meaning: "The ledger holds no exchange with this id.",
    status: 404,
    mend: "Check the id: it begins with ex_, and `purser ledger tail` shows recent ones.",
  },
  EXPORT_FILE_EXISTS: {
    meaning: "The file to export to is already there.",
    status: 409,
    mend: "Choose another name, or remove the file first.",
  },
  CONTROL_TOKEN_INVALID: {
    meaning: "The control plane was asked without its token, or with a wrong one.",
    status: 401,
    mend: "Send `authorization: Bearer TOKEN` with the token that `purser up` printed.",
  },
  CONTROL_HOST_REFUSED: {
    meaning: "The control plane was asked under a host name that is not its own.",
    status: 421,
    mend: "Use the printed address, or add the name to control.allowedHosts.",
  },
  CONTROL_ORIGIN_REFUSED: {
    meaning: "A web page of another origin asked the control plane.",
    status: 403,
    mend: "Ask from a program, or from the control plane's own pages.",
  },
  CONTROL_PATH_UNKNOWN: {
    meaning: "The control plane has nothing at this path, or not by this method.",
    status: 404,
    mend: "See /api/openapi.json for what there is.",
  },
  CONTROL_BODY_INVALID: {
    meaning: "The body of a request to the control plane is not JSON.",
    status: 400,
    mend: "Send one JSON object, with content-type application/json.",
  },
  CONTROL_BODY_TOO_LARGE: {
    meaning: "The body of a request to the control plane is larger than its limit.",
    status: 413,
    mend: "Send less than 16 MiB.",
  },
  CONTROL_BUSY: {
    meaning: "As many heavy questions as may run at once are being answered.",
    status: 503,
    mend: "Ask again when one of them is done, or run the command on the machine itself.",
  },
  CONTROL_PORT_TAKEN: {
    meaning: "The control plane cannot listen on its address.",
    status: 500,
    mend: "Choose another port with --control-port, or stop the program that has it.",
  },
  INTERNAL_FAULT: {
    meaning: "Purser failed by a fault of its own. The caller did nothing wrong.",
    status: 500,
    mend: "Look into Purser's log for the same id, and report it.",
  },
} as const satisfies Record<string, ErrorDefinition>;
