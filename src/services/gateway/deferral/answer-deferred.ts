/** Asking after a deferred call, and taking it back: `/v1/purser/calls/ID`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type CallId, formatInstant, type Instant } from "../../../base/index.ts";
import { admitUnread } from "../access/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { refuseCall } from "../refuse-call.ts";
import type { DeferralDesk, DeskWait } from "./desk.ts";

const PLACE = "/v1/purser/calls/";
const ID = /^call_[0-9A-Z]{26}$/;
const ASK_AGAIN_SECONDS = 30;

/** The call that a path is about; `null` for a path that is about something else. */
export function deferredIdOf(path: string): CallId | null {
  const id = path.startsWith(PLACE) ? path.slice(PLACE.length) : "";
  return ID.test(id) ? (id as CallId) : null;
}

/** Where the call can be asked after, and what it is called. */
export function placeOf(id: CallId): Record<string, string> {
  return { location: PLACE + id, "x-purser-deferred": id };
}

export type WaitingCall = {
  readonly id: CallId;
  readonly state: string;
  readonly deadlineAt: Instant;
};

export function tellWaiting(
  response: ServerResponse,
  { id, state, deadlineAt }: WaitingCall,
): void {
  const deadline = formatInstant(deadlineAt);
  const body = JSON.stringify({ type: "deferred_call", id, state, deadline });
  response.writeHead(202, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "retry-after": String(ASK_AGAIN_SECONDS),
    ...placeOf(id),
  });
  response.end(body);
}

/** As the Messages API would have answered. */
export function giveAnswer(
  response: ServerResponse,
  id: CallId,
  { status, body, by }: Extract<DeskWait, { kind: "answered" }>,
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": body.length,
    "x-purser-answered-by": by,
    ...placeOf(id),
  });
  response.end(body);
}

type Asked = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly id: CallId;
};

export async function answerDeferred(
  context: GatewayContext,
  desk: DeferralDesk,
  { request, response, path, id }: Asked,
): Promise<void> {
  const admitted = admitUnread(context, request, response, path);
  if (admitted === null) return;
  const key = admitted.caller.grant?.id ?? "";
  if (request.method === "DELETE") return cancel(context, desk, { response, id, key });
  const outcome = await desk.look(id, key);
  switch (outcome.kind) {
    case "answered":
      return giveAnswer(response, id, outcome);
    case "waiting":
      return tellWaiting(response, { id, ...outcome.call });
    case "canceled":
      return refuseCanceled(context, response, id);
    case "unknown":
      return refuseUnknown(context, response, id);
    default:
      return outcome satisfies never;
  }
}

type Canceling = {
  readonly response: ServerResponse;
  readonly id: CallId;
  readonly key: string;
};

async function cancel(
  context: GatewayContext,
  desk: DeferralDesk,
  { response, id, key }: Canceling,
): Promise<void> {
  const isCanceled = await desk.cancel(id, key);
  const outcome = isCanceled ? { kind: "canceled" } : await desk.look(id, key);
  if (outcome.kind === "unknown") return refuseUnknown(context, response, id);
  const state = outcome.kind === "canceled" ? "canceled" : "answered";
  const body = JSON.stringify({ type: "deferred_call", id, state });
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

function refuseUnknown(context: GatewayContext, response: ServerResponse, id: CallId): void {
  const what = `there is no deferred call ${id} under this key`;
  refuseCall(context, response, { code: "BATCH_CALL_UNKNOWN", what });
}

function refuseCanceled(context: GatewayContext, response: ServerResponse, id: CallId): void {
  refuseCall(context, response, { code: "BATCH_CALL_CANCELED", what: `${id} was canceled` });
}
