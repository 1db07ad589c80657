/** What a failure on the way to the upstream is called, to the client and in the ledger. */
import type { ErrorCode } from "../../base/index.ts";
import type { Outcome } from "../../stores/contracts/index.ts";

export type UpstreamFailure = {
  readonly code: ErrorCode;
  /** When no answer had begun. */
  readonly outcome: Outcome;
  readonly what: string;
};

/** Ends an exchange from our side; `code` says which of our own limits it was. */
export class EndedByGateway extends Error {
  readonly code: "CLIENT_LEFT" | "CLOSING" | "DRAIN_LIMIT" | "LIMIT";
  constructor(code: EndedByGateway["code"]) {
    super(code);
    this.code = code;
  }
}

export function failureOf(error: unknown): UpstreamFailure {
  const code = codeOf(error);
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    const what = "the upstream did not answer in time";
    return { code: "GATEWAY_UPSTREAM_TIMEOUT", outcome: "timeout", what };
  }
  if (code === "CLOSING") {
    return { code: "GATEWAY_CLOSING", outcome: "timeout", what: "the gateway is shutting down" };
  }
  if (/^(HPE_|HTTPParserError)/.test(code) || GARBLED.has(code)) {
    const what = "the upstream answered with something that is not HTTP";
    return { code: "GATEWAY_UPSTREAM_GARBLED", outcome: "upstream-unreachable", what };
  }
  const what = `the upstream could not be reached (${code})`;
  return { code: "GATEWAY_UPSTREAM_UNREACHABLE", outcome: "upstream-unreachable", what };
}

const GARBLED: ReadonlySet<string> = new Set([
  "UND_ERR_HEADERS_OVERFLOW",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "ERR_INVALID_CHAR",
  "ERR_HTTP_INVALID_HEADER_VALUE",
  "ERR_INVALID_HTTP_TOKEN",
]);

/** The error's own code; its message stays out, since it may name a proxy with its password. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return code;
  return error.cause instanceof Error ? codeOf(error.cause) : error.name;
}
