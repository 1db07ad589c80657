/** An error answer of the API: status, type, message, and what else belongs to it. */
import type { JsonObject } from "../../base/index.ts";
import type { Fault } from "./fault.ts";

export type ApiFailure = {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly details?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
};

export function invalidRequest(message: string): ApiFailure {
  return { status: 400, type: "invalid_request_error", message };
}

export function notFound(message: string): ApiFailure {
  return { status: 404, type: "not_found_error", message };
}

/** The answer of a fault that replaces the response; `null` for faults that bend a good one. */
export function failureOf(fault: Fault, nextMonth: string): ApiFailure | null {
  switch (fault.kind) {
    case "rate-limited":
      return rateLimited(fault.retryAfterSeconds === undefined ? 1 : fault.retryAfterSeconds);
    case "spend-cap":
      return {
        status: 429,
        type: "rate_limit_error",
        message: `You have reached your monthly spend limit. You will regain access on ${nextMonth}.`,
        details: { error_code: "enforced_spend_limit_reached" },
      };
    case "spend-limit":
      return invalidRequest(
        `You have reached your specified ${fault.scope === "workspace" ? "workspace " : ""}API usage limits. ` +
          `You will regain access on ${nextMonth} at 00:00 UTC.`,
      );
    case "server-error":
      return { status: 500, type: "api_error", message: "Internal server error" };
    case "timeout":
      return { status: 504, type: "timeout_error", message: "Request timed out" };
    case "overloaded":
      return { status: 529, type: "overloaded_error", message: "Overloaded" };
    default:
      return null;
  }
}

export function rateLimited(retryAfterSeconds: number | null): ApiFailure {
  return {
    status: 429,
    type: "rate_limit_error",
    message: "This request would exceed your organization's rate limit. Please try again later.",
    headers: retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) },
  };
}

export function errorBody(failure: ApiFailure, requestId: string): JsonObject {
  const { type, message, details } = failure;
  const error = details === undefined ? { type, message } : { type, message, details };
  return { type: "error", error, request_id: requestId };
}
