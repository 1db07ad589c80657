/** A call that waits: handed in, and then either held or told where to ask. */
import type { ServerResponse } from "node:http";
import { type CallId, type ErrorCode, isJsonObject, type JsonValue } from "../../../base/index.ts";
import type { Attributes } from "../../../stores/contracts/index.ts";
import type { ApiVersion } from "../../exchange/index.ts";
import type { GatewayContext } from "../gateway-context.ts";
import { refuseCall } from "../refuse-call.ts";
import { NO_SEAT } from "../roster.ts";
import { giveAnswer, placeOf, tellWaiting } from "./answer-deferred.ts";
import type { Deferral } from "./deferral-of.ts";
import type { DeferralDesk, DeskAccept, DeskWait } from "./desk.ts";
import { errorEvent, messageEvents } from "./message-events.ts";

export type DeferredCall = {
  readonly response: ServerResponse;
  readonly deferral: Extract<Deferral, { kind: "deferred" }>;
  readonly key: string;
  readonly attributes: Attributes;
  readonly version: ApiVersion;
  readonly identity: string | null;
  readonly isRetry: boolean;
};

/** So often a client that holds is told that it is not forgotten, and so is every proxy in between. */
const SIGN_OF_LIFE_MS = 15_000;

/** `left`: a policy wanted it and there is no room for it, so it is to be made now. */
export type DeferEnd = { readonly kind: "taken" } | { readonly kind: "left"; readonly why: string };
const TAKEN: DeferEnd = { kind: "taken" };

export async function deferCall(
  context: GatewayContext,
  desk: DeferralDesk,
  call: DeferredCall,
): Promise<DeferEnd> {
  const { response, deferral, key, attributes, version, identity, isRetry } = call;
  const { deadlineAt, delivery, body, prefix } = deferral;
  const accepted = await desk.accept({
    ...{ key, attributes, deadlineAt, prefix, identity, isRetry, body, webhook: null },
    ...{ ...version, receivedAt: context.clock.now() },
  });
  if (accepted.kind !== "accepted") {
    if (deferral.policy !== null) return { kind: "left", why: LEFT[accepted.kind] };
    refuseDeferral(context, response, accepted);
    return TAKEN;
  }
  context.counters.deferred += accepted.again ? 0 : 1;
  if (deferral.policy !== null) context.counters.deferralDecision("apply");
  if (delivery === "poll") {
    tellWaiting(response, { id: accepted.id, state: "waiting", deadlineAt });
    return TAKEN;
  }
  await holdUntilAnswered(context, desk, { ...call, id: accepted.id });
  return TAKEN;
}

type NotAccepted = Exclude<DeskAccept, { kind: "accepted" }>;

/** As a decision says it. */
const LEFT: Readonly<Record<NotAccepted["kind"], string>> = {
  refused: "budget",
  full: "queue-full",
  unavailable: "unavailable",
};

function refuseDeferral(
  context: GatewayContext,
  response: ServerResponse,
  accepted: NotAccepted,
): void {
  if (accepted.kind === "refused") {
    refuseCall(context, response, { ...accepted.refusal, exchange: null });
    return;
  }
  const code = accepted.kind === "full" ? "BATCH_QUEUE_FULL" : "BATCH_UNAVAILABLE";
  refuseCall(context, response, { code, what: accepted.what });
}

type HeldCall = DeferredCall & { readonly id: CallId };

async function holdUntilAnswered(
  context: GatewayContext,
  desk: DeferralDesk,
  call: HeldCall,
): Promise<void> {
  const { response, deferral, id, key } = call;
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  const held = { seat: NO_SEAT, end: leave, endIfOver: leave };
  context.answers.add(held);
  response.once("close", leave);
  const timer = setInterval(() => showLife(response, deferral.streams), SIGN_OF_LIFE_MS);
  if (deferral.streams) beginStream(response, id);
  try {
    give(context, call, await desk.wait(id, key, leaving.signal));
  } finally {
    clearInterval(timer);
    context.answers.delete(held);
  }
}

/** "102 Processing" commits to nothing; within a stream a comment does the same. */
function showLife(response: ServerResponse, streams: boolean): void {
  if (response.destroyed || response.writableEnded) return;
  if (streams) response.write(": waiting for a batch\n\n");
  else if (response.req.httpVersion === "1.1") response.writeProcessing();
}

function beginStream(response: ServerResponse, id: CallId): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", ...placeOf(id) });
  response.flushHeaders();
}

function give(context: GatewayContext, call: HeldCall, outcome: DeskWait): void {
  const { response, id, deferral } = call;
  if (response.destroyed) return;
  if (outcome.kind === "answered" && deferral.streams) endStream(response, outcome);
  else if (outcome.kind === "answered") giveAnswer(response, id, outcome);
  else if (response.headersSent) response.destroy();
  else refuseCall(context, response, unanswered(outcome, id));
}

function unanswered(outcome: DeskWait, id: CallId): { code: ErrorCode; what: string } {
  if (outcome.kind === "canceled") {
    return { code: "BATCH_CALL_CANCELED", what: `the call ${id} was canceled` };
  }
  // Purser stops: the client's retry finds the call again.
  const what = "Purser is stopping; the call waits on, and a retry finds it";
  return { code: "GATEWAY_CLOSING", what };
}

function endStream(
  response: ServerResponse,
  { status, body }: Extract<DeskWait, { kind: "answered" }>,
): void {
  const value = JSON.parse(body.toString("utf8")) as JsonValue;
  response.end(status === 200 && isJsonObject(value) ? messageEvents(value) : errorEvent(value));
}
