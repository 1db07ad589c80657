/** Sends a request on to the upstream. What comes back is the handler's to take. */
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { GatewayContext } from "./gateway-context.ts";

export type Forwarded = {
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly path: string;
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
};

export function forward(
  context: GatewayContext,
  request: Forwarded,
  handler: Dispatcher.DispatchHandler,
): void {
  const { dispatcher, origin, prefix } = context.upstream;
  const { method, headers, body } = request;
  dispatcher.dispatch({ origin, path: prefix + request.path, method, headers, body }, handler);
}
