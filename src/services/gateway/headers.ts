/**
 * Headers on their way through. Names keep their case, lines their order and their duplicates; only
 * what belongs to one hop, to the gateway's own address or to Purser stays behind.
 */

/** Headers that belong to one connection and are never passed on (RFC 9110, 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Written anew by the side that sends the request: its address, its length, its own waiting. */
const WRITTEN_ANEW: ReadonlySet<string> = new Set(["host", "content-length", "expect"]);

const PURSER_PREFIX = "x-purser-";

/** What the gateway reads of a request's headers; lower-case names, repeated lines joined by ", ". */
const READ: ReadonlySet<string> = new Set([
  "x-api-key",
  "authorization",
  "user-agent",
  "anthropic-version",
  "anthropic-beta",
  "content-length",
  "connection",
  "x-claude-code-session-id",
  "x-stainless-retry-count",
  "idempotency-key",
]);

export type RequestHeaders = {
  /** Name, value, name, value: what the upstream is sent, without the length of the body. */
  readonly forwarded: string[];
  /** The ones the gateway reads, by lower-case name. */
  readonly read: ReadonlyMap<string, string>;
};

export function readRequestHeaders(raw: readonly string[]): RequestHeaders {
  const forwarded: string[] = [];
  const read = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    const lower = name.toLowerCase();
    const isOurs = lower.startsWith(PURSER_PREFIX);
    if (isOurs || READ.has(lower)) {
      const earlier = read.get(lower);
      read.set(lower, earlier === undefined ? value : `${earlier}, ${value}`);
    }
    if (!isOurs && !HOP_BY_HOP.has(lower) && !WRITTEN_ANEW.has(lower)) forwarded.push(name, value);
  }
  return { forwarded: withoutNominated(forwarded, read.get("connection")), read };
}

export type AnswerHeaders = {
  /** Name, value, name, value: what the client is sent. */
  readonly forwarded: string[];
  /** `null` when the answer ends by chunks or by closing. */
  readonly contentLength: number | null;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly requestId: string | null;
};

/** Reads the upstream's header lines as they came; `raw` holds names and values in turn. */
export function readAnswerHeaders(raw: readonly (Buffer | string)[]): AnswerHeaders {
  const forwarded: string[] = [];
  let contentLength: number | null = null;
  let contentType = "";
  let contentEncoding = "";
  let requestId: string | null = null;
  let connection: string | undefined;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = asText(raw[index]);
    const value = asText(raw[index + 1]);
    const lower = name.toLowerCase();
    if (lower === "content-length") contentLength = Number(value);
    else if (lower === "content-type") contentType = value.toLowerCase();
    else if (lower === "content-encoding") contentEncoding = value.trim().toLowerCase();
    else if (lower === "request-id") requestId = value;
    else if (lower === "connection") connection = value;
    if (!HOP_BY_HOP.has(lower)) forwarded.push(name, value);
  }
  const passed = withoutNominated(forwarded, connection);
  return { forwarded: passed, contentLength, contentType, contentEncoding, requestId };
}

function asText(part: Buffer | string | undefined): string {
  return typeof part === "string" ? part : (part?.toString("latin1") ?? "");
}

/** Leaves out what `Connection` names as belonging to this hop. */
function withoutNominated(headers: string[], connection: string | undefined): string[] {
  if (connection === undefined || /^(keep-alive|close)$/i.test(connection)) return headers;
  const named = new Set(connection.split(",").map((option) => option.trim().toLowerCase()));
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? "";
    if (!named.has(name.toLowerCase())) kept.push(name, headers[index + 1] ?? "");
  }
  return kept;
}

/** The betas that a request names ("API versions"). */
export function betasOf(value: string | undefined): readonly string[] {
  if (value === undefined) return NO_BETAS;
  return value
    .split(",")
    .map((beta) => beta.trim())
    .filter((beta) => beta !== "");
}

const NO_BETAS: readonly string[] = [];
