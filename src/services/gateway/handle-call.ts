/**
 * The life of one Messages call, top to bottom. Each step either goes on or answers the client and
 * returns. The order is the architecture's: authenticate, attribute, limits, route, cap, defer,
 * reserve, cache plan, open in the journal, forward, settle. In `observe` nothing is decided, so the
 * steps from limits to cache plan have no code yet; each takes its place where the comment stands.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallId, Instant } from "../../base/index.ts";
import type { OpenedEntry } from "../../stores/contracts/index.ts";
import { openExchange, readRequest } from "../exchange/index.ts";
import { attribute, identifyCaller } from "./attributes.ts";
import { forward } from "./forward.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { type RequestHeaders, readRequestHeaders } from "./headers.ts";
import type { HeldBody } from "./held-bodies.ts";
import { MeteredAnswer } from "./metered-answer.ts";
import { readBody } from "./read-body.ts";
import { refuse } from "./refuse.ts";

export async function handleCall(
  context: GatewayContext,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const held = context.bodies.begin();
  try {
    await carryCall(context, { request, response, path, held });
  } finally {
    held.releaseUnlessHandedOver();
  }
}

type ArrivingCall = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly held: HeldBody;
};

async function carryCall(context: GatewayContext, call: ArrivingCall): Promise<void> {
  const { request, response, path, held } = call;
  const at = context.clock.now();
  const headers = readRequestHeaders(request.rawHeaders);
  const length = headers.read.get("content-length");
  const bytesMax = context.settings.requestBodyBytesMax;
  const reading = await readBody(request, length, { bytesMax, held });
  if (reading.kind === "client-left") return;
  if (reading.kind === "too-large") return refuseLargeBody(context, response);
  if (reading.kind === "no-room") return refuseWithoutRoom(context, response);
  const startedMs = context.clock.monotonicMs();
  const { body } = reading;
  context.counters.metered += 1;
  context.counters.requestBytes += body.length;

  const { opened, identity } = openCall(context, { at, path, headers, body });

  // limits, route, cap, defer, reserve, cache plan: here, on `opened` and before it is on record.

  const recorded = await openInJournal(context, opened, response);
  if (recorded.kind === "refused") return;
  context.counters.addedBefore.record(context.clock.monotonicMs() - startedMs);
  const { opened: onRecord } = recorded;
  const releaseBody = held.handOver();
  const answer = new MeteredAnswer(context, { response, opened: onRecord, identity, releaseBody });
  if (response.destroyed) return answer.endUnsent();
  forward(context, { method: "POST", path, headers: headers.forwarded, body }, answer);
}

type ReceivedCall = {
  readonly at: Instant;
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly body: Buffer;
};

type OpenedCall = { readonly opened: OpenedEntry; readonly identity: string | null };

/** Authenticate, attribute, and write down what is known before anything is forwarded. */
function openCall(context: GatewayContext, call: ReceivedCall): OpenedCall {
  const { read } = call.headers;
  const version = {
    apiVersion: read.get("anthropic-version") ?? null,
    betas: betasOf(read.get("anthropic-beta")),
  };
  const caller = identifyCaller(read, context.keySecret);
  const messages = readRequest(call.body, version);
  const { attributes, dropped } = attribute({
    caller,
    headers: read,
    metadataUserId: messages.metadataUserId,
    limits: context.settings,
  });
  if (dropped.length > 0) tellDropped(context, dropped);
  const prompt = context.prompts.place(messages);
  const identity = identityOf(read, caller.key, messages.model, prompt?.node ?? null);
  const opened = openExchange(
    {
      at: call.at,
      call: isRetry(read) ? findCall(context, identity) : null,
      path: call.path,
      request: messages,
      requestBytes: call.body.length,
      version,
      attributes,
      prompt,
      decisions: [],
    },
    context,
  );
  return { opened, identity };
}

type Recorded =
  | { readonly kind: "recorded"; readonly opened: OpenedEntry | null }
  | { readonly kind: "refused" };

/** Nothing is forwarded before it is on record, unless the operator chose to pass it unmetered. */
async function openInJournal(
  context: GatewayContext,
  opened: OpenedEntry,
  response: ServerResponse,
): Promise<Recorded> {
  const { counters, ledger, log, prompts, settings } = context;
  try {
    await ledger.open(opened);
    prompts.remember(opened.prompt);
    return { kind: "recorded", opened };
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 300) : "unknown";
    counters.ledgerRefusals += 1;
    const event = { level: "error", event: "ledger-refused", data: { reason } } as const;
    if (settings.onLedgerFailure === "pass-unmetered") {
      counters.passedUnmetered += 1;
      log({ ...event, message: "the ledger cannot be written; calls pass UNMETERED, as set" });
      return { kind: "recorded", opened: null };
    }
    log({ ...event, message: "the ledger cannot be written; new calls are refused" });
    counters.refusal("GATEWAY_LEDGER_REFUSED");
    const what = "the ledger cannot be written, so the call was not forwarded";
    refuse(response, { code: "GATEWAY_LEDGER_REFUSED", what, exchange: null });
    return { kind: "refused" };
  }
}

function refuseLargeBody(context: GatewayContext, response: ServerResponse): void {
  context.counters.refusal("GATEWAY_BODY_TOO_LARGE");
  const what = `the body is larger than ${context.settings.requestBodyBytesMax} bytes`;
  refuse(response, { code: "GATEWAY_BODY_TOO_LARGE", what, exchange: null }, true);
}

function refuseWithoutRoom(context: GatewayContext, response: ServerResponse): void {
  context.counters.refusal("GATEWAY_BODIES_FULL");
  const bytesMax = context.settings.requestBodiesBytesMax;
  const what = `the requests in flight have ${bytesMax} bytes of bodies together`;
  refuse(response, { code: "GATEWAY_BODIES_FULL", what, exchange: null }, true);
}

function tellDropped(context: GatewayContext, dropped: readonly string[]): void {
  context.counters.droppedLabels += dropped.length;
  const message = "labels were dropped: empty, too long, too many, or with control characters";
  const labels = [...new Set(dropped)].join(" ");
  context.log({ level: "warn", event: "labels-dropped", message, data: { labels } });
}

function betasOf(value: string | undefined): readonly string[] {
  if (value === undefined) return NO_BETAS;
  return value
    .split(",")
    .map((beta) => beta.trim())
    .filter((beta) => beta !== "");
}

const NO_BETAS: readonly string[] = [];

function isRetry(headers: ReadonlyMap<string, string>): boolean {
  return headers.has("idempotency-key") || Number(headers.get("x-stainless-retry-count") ?? 0) > 0;
}

function findCall(context: GatewayContext, identity: string | null): CallId | null {
  return identity === null ? null : context.attempts.find(identity, context.clock.monotonicMs());
}

/** What two attempts of one call have in common. */
function identityOf(
  headers: ReadonlyMap<string, string>,
  key: string | null,
  model: string | null,
  node: string | null,
): string | null {
  const named = headers.get("idempotency-key");
  if (named !== undefined) return `${key}|${named.slice(0, 256)}`;
  return node === null ? null : `${key}|${model}|${node}`;
}
