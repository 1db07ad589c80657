/**
 * Answers that Purser gives itself, in the API's own error shape, so that every client and SDK reads
 * them as it reads the provider's ("errors and limits" in the provider's reference).
 */
import type { ServerResponse } from "node:http";
import type { ErrorCode } from "../../base/index.ts";
import { errorDefinition } from "../../base/index.ts";

type Spoken = {
  readonly type: string;
  readonly retry: boolean;
  /** When to try again, where that can be told. */
  readonly retryAfterSeconds?: number;
};

/** How each code of ours reads to a client of the API: its `error.type`, and whether to try again. */
const SPOKEN: Partial<Record<ErrorCode, Spoken>> = {
  GATEWAY_PATH_UNKNOWN: { type: "not_found_error", retry: false },
  GATEWAY_REQUEST_MALFORMED: { type: "invalid_request_error", retry: false },
  GATEWAY_REQUEST_UNSUPPORTED: { type: "invalid_request_error", retry: false },
  GATEWAY_HEADERS_TOO_LARGE: { type: "invalid_request_error", retry: false },
  GATEWAY_REQUEST_TIMEOUT: { type: "timeout_error", retry: true },
  GATEWAY_KEY_REFUSED: { type: "authentication_error", retry: false },
  GATEWAY_KEY_MALFORMED: { type: "authentication_error", retry: false },
  GATEWAY_KEY_REQUIRED: { type: "authentication_error", retry: false },
  GATEWAY_KEY_IN_URL: { type: "authentication_error", retry: false },
  GATEWAY_MODEL_NOT_ALLOWED: { type: "permission_error", retry: false },
  GATEWAY_ENDPOINT_NOT_ALLOWED: { type: "permission_error", retry: false },
  GATEWAY_PATH_NOT_ALLOWED: { type: "permission_error", retry: false },
  GATEWAY_UPSTREAM_KEY_MISSING: { type: "api_error", retry: false },
  GATEWAY_BODY_TOO_LARGE: { type: "request_too_large", retry: false },
  GATEWAY_BODIES_FULL: { type: "overloaded_error", retry: true, retryAfterSeconds: 1 },
  GATEWAY_BUSY: { type: "overloaded_error", retry: true },
  GATEWAY_CLOSING: { type: "overloaded_error", retry: true },
  BATCH_DEADLINE_INVALID: { type: "invalid_request_error", retry: false },
  BATCH_DELIVERY_INVALID: { type: "invalid_request_error", retry: false },
  BATCH_KEY_NEEDED: { type: "invalid_request_error", retry: false },
  BATCH_CALL_FORBIDDEN: { type: "invalid_request_error", retry: false },
  BATCH_QUEUE_FULL: { type: "rate_limit_error", retry: true, retryAfterSeconds: 60 },
  BATCH_UNAVAILABLE: { type: "api_error", retry: false },
  BATCH_CALL_UNKNOWN: { type: "not_found_error", retry: false },
  BATCH_CALL_CANCELED: { type: "conflict_error", retry: false },
  // A full disk does not empty itself within a client's few seconds of retries.
  GATEWAY_LEDGER_REFUSED: { type: "api_error", retry: false },
  BUDGET_EXCEEDED: { type: "rate_limit_error", retry: false },
  BUDGET_UNBOUNDED: { type: "invalid_request_error", retry: false },
  BUDGET_STATE_UNKNOWN: { type: "api_error", retry: true },
  LIMIT_RATE: { type: "rate_limit_error", retry: true, retryAfterSeconds: 1 },
  LIMIT_CONCURRENT: { type: "rate_limit_error", retry: true, retryAfterSeconds: 1 },
  LIMIT_CALL_TOO_LARGE: { type: "rate_limit_error", retry: false },
  LIMIT_MAX_TOKENS: { type: "invalid_request_error", retry: false },
  LIMIT_SESSION: { type: "rate_limit_error", retry: false },
  LIMIT_CALL_SPEND: { type: "rate_limit_error", retry: false },
  LIMIT_LOOP: { type: "rate_limit_error", retry: false },
  GATEWAY_UPSTREAM_UNREACHABLE: { type: "api_error", retry: true },
  GATEWAY_UPSTREAM_GARBLED: { type: "api_error", retry: true },
  GATEWAY_UPSTREAM_TIMEOUT: { type: "timeout_error", retry: true },
};

export type Refusal = {
  readonly code: ErrorCode;
  /** What happened, for a person; no secret in it. */
  readonly what: string;
  /** Our id of the exchange, when it has one. */
  readonly exchange: string | null;
  /** Whether trying again can help, where this refusal knows better than its code. */
  readonly retry?: boolean;
  /** `null` where time alone will not help. */
  readonly retryAfterSeconds?: number | null;
};

export type SpokenRefusal = {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
};

export function speakRefusal(refusal: Refusal): SpokenRefusal {
  const { status, mend } = errorDefinition(refusal.code);
  const spoken: Spoken = SPOKEN[refusal.code] ?? { type: "api_error", retry: false };
  const message = `Purser: ${refusal.what} [${refusal.code}]. ${mend}`;
  const retryAfterSeconds =
    refusal.retryAfterSeconds === undefined ? spoken.retryAfterSeconds : refusal.retryAfterSeconds;
  const body = JSON.stringify({
    type: "error",
    error: { type: spoken.type, message, details: { error_code: refusal.code } },
    request_id: refusal.exchange,
  });
  const headers = [
    ["content-type", "application/json"],
    ["content-length", String(Buffer.byteLength(body))],
    ["x-should-retry", String(refusal.retry ?? spoken.retry)],
    ...(retryAfterSeconds === undefined || retryAfterSeconds === null
      ? []
      : [["retry-after", String(retryAfterSeconds)]]),
    ...(refusal.exchange === null ? [] : [["request-id", refusal.exchange]]),
  ].flat();
  return { status, headers, body };
}

/**
 * Answers a refusal, unless an answer has begun. `closes` ends the connection after it, for when the
 * rest of the request was not read.
 */
export function refuse(response: ServerResponse, refusal: Refusal, closes = false): void {
  if (response.headersSent || response.destroyed) return;
  const spoken = speakRefusal(refusal);
  const headers = [...spoken.headers, ...(closes ? ["connection", "close"] : [])];
  response.writeHead(spoken.status, headers);
  response.end(spoken.body);
}

/** The same as raw HTTP, for a connection whose request could not be parsed. */
export function rawRefusal(refusal: Refusal): string {
  const spoken = speakRefusal(refusal);
  const lines = [`HTTP/1.1 ${spoken.status} ${refusal.code}`];
  for (let index = 0; index + 1 < spoken.headers.length; index += 2) {
    lines.push(`${spoken.headers[index]}: ${spoken.headers[index + 1]}`);
  }
  return `${lines.join("\r\n")}\r\nconnection: close\r\n\r\n${spoken.body}`;
}
