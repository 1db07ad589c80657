/** Everything under `/v1/` that is not a Messages call: streamed through both ways, counted. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { admitUnread } from "./access/index.ts";
import { forward } from "./forward.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { PassedAnswer } from "./passed-answer.ts";

export function passOn(
  context: GatewayContext,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): void {
  const admitted = admitUnread(context, request, response, path);
  if (admitted === null) return;
  const { read } = admitted;
  const length = read.get("content-length");
  const hasBody = length !== undefined || request.headers["transfer-encoding"] !== undefined;
  const headers =
    length === undefined ? admitted.headers : [...admitted.headers, "content-length", length];
  const body = hasBody && length !== "0" ? request : null;
  const method = request.method ?? "GET";
  forward(context, { method, path, headers, body }, new PassedAnswer(context, response));
}
