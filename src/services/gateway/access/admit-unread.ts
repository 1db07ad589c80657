/** The step "authenticate" of a call whose body passes without being read. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GatewayContext } from "../gateway-context.ts";
import { readRequestHeaders } from "../headers.ts";
import { refuseCall } from "../refuse-call.ts";
import { admit, type Caller } from "./admit.ts";
import { maySpendOn } from "./permit.ts";

export type AdmittedCall = {
  readonly caller: Caller;
  /** What goes upstream. */
  readonly headers: string[];
  /** Header lines by lower-case name, as the client sent them. */
  readonly read: ReadonlyMap<string, string>;
};

/** `null` when the call may not pass; then it has been answered. */
export function admitUnread(
  context: GatewayContext,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): AdmittedCall | null {
  const { forwarded, read } = readRequestHeaders(request.rawHeaders);
  const admission = admit(context, { forwarded, read, at: context.clock.now() });
  if (admission.kind === "refused") {
    refuseCall(context, response, admission, true);
    return null;
  }
  const { caller, headers } = admission;
  if (maySpendOn(caller.grant, request.method ?? "GET", path)) return { caller, headers, read };
  const what = "this key is for certain models or endpoints, and this path could spend on others";
  refuseCall(context, response, { code: "GATEWAY_PATH_NOT_ALLOWED", what }, true);
  return null;
}
