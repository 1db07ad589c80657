/** From a result of a batch to the answer that the Messages API would have given. */
import type { JsonValue } from "../../base/index.ts";
import type { BatchResult } from "../../wire/batches/index.ts";

export type MessagesAnswer = { readonly status: number; readonly body: JsonValue };

/** "errors and limits": the status that the API gives each type with. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** Errors that another try may get past. */
const PASSING_TYPES: ReadonlySet<string> = new Set([
  "rate_limit_error",
  "api_error",
  "timeout_error",
  "overloaded_error",
]);

/** `null` where there is nothing to answer with yet: the call is to be tried again. */
export function answerOf(result: BatchResult): MessagesAnswer | null {
  const { end } = result;
  switch (end.kind) {
    case "succeeded":
      return { status: 200, body: end.message };
    case "errored":
      if (PASSING_TYPES.has(end.errorType ?? "api_error")) return null;
      return { status: STATUS_OF_TYPE[end.errorType ?? ""] ?? 500, body: end.error };
    case "canceled":
    case "expired":
      return null;
    default:
      return end satisfies never;
  }
}
