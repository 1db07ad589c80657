/**
 * Get, list and cancel: passed on as they are, but for the host in `results_url`. It is the
 * provider's; a client that followed it would fetch the results past the meter.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { findResultsUrl } from "../../../wire/batches/index.ts";
import type { AdmittedCall } from "../access/index.ts";
import { forward } from "../forward.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { WholeAnswerHandler } from "./whole-answer.ts";

type Asked = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly admitted: AdmittedCall;
};

export function showBatches(
  context: GatewayContext,
  { request, response, path, admitted }: Asked,
): void {
  const length = admitted.read.get("content-length");
  // Only a body that is not compressed can be changed where it must be.
  const plain = without(admitted.headers, "accept-encoding");
  const headers = length === undefined ? plain : [...plain, "content-length", length];
  const hasBody = length !== undefined || request.headers["transfer-encoding"] !== undefined;
  const body = hasBody && length !== "0" ? request : null;
  const origin = originOf(request);
  const answer = new WholeAnswerHandler(context, response, {
    outlivesClient: false,
    onAnswer: async ({ body: bytes, headers: { contentEncoding } }) =>
      contentEncoding === "" && origin !== null ? withOrigin(bytes, origin) : bytes,
    onFailure: async (failure) => failure,
  });
  forward(context, { method: request.method ?? "GET", path, headers, body }, answer);
}

/** The address by which the client reached us; `null` when it does not say one. */
function originOf(request: IncomingMessage): string | null {
  const { host, "x-forwarded-proto": forwarded } = request.headers;
  if (host === undefined || !/^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host)) return null;
  const scheme = forwarded === "https" || forwarded === "http" ? forwarded : "http";
  return `${scheme}://${host}`;
}

function withOrigin(body: Buffer, origin: string): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end } of findResultsUrl(body)) {
    pieces.push(body.subarray(from, start), Buffer.from(origin));
    from = end;
  }
  return from === 0 ? body : Buffer.concat([...pieces, body.subarray(from)]);
}

function without(headers: readonly string[], name: string): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const header = headers[index] ?? "";
    if (header.toLowerCase() !== name) kept.push(header, headers[index + 1] ?? "");
  }
  return kept;
}
