/**
 * The life of one Messages call, top to bottom. Each step either goes on or answers the client and
 * returns. The order is the architecture's: authenticate, attribute, limits, route, cap, defer,
 * reserve, cache plan (and hold), open in the journal, forward, settle. Steps that have no code yet
 * take their place where the comments stand.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallId, Instant } from "../../base/index.ts";
import type { PrefixNode, PromptPath } from "../../domain/prompt/index.ts";
import type { Attributes, OpenedEntry } from "../../stores/contracts/index.ts";
import type { RequestReading } from "../../wire/messages/index.ts";
import { type ApiVersion, openExchange, readRequest } from "../exchange/index.ts";
import { admit, type Caller, permissionRefusal } from "./access/index.ts";
import { attribute } from "./attributes.ts";
import type { CallPlan, Flight, HoldEnd } from "./autopilot/index.ts";
import { type Admission, type AdmittedCall, recordRefusal } from "./budgets/index.ts";
import {
  type DeferEnd,
  type Deferral,
  type DeferralDecision,
  deferCall,
  deferralOf,
  formatDeferralDecision,
} from "./deferral/index.ts";
import { forward } from "./forward.ts";
import type { GatewayContext } from "./gateway-context.ts";
import { betasOf, type RequestHeaders, readRequestHeaders } from "./headers.ts";
import type { HeldBody } from "./held-bodies.ts";
import { type LimitEntry, passLimits } from "./limits/index.ts";
import { MeteredAnswer } from "./metered-answer.ts";
import { readBody } from "./read-body.ts";
import { refuseCall } from "./refuse-call.ts";

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
  const admission = admit(context, { ...headers, at });
  if (admission.kind === "refused") return refuseCall(context, response, admission, true);
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

  const received = { at, path, headers, body };
  const { caller } = admission;
  const known = receiveCall(context, received, caller);
  const { grant } = caller;
  const notAllowed = permissionRefusal(grant, known.request, known.attributes, context.catalogue);
  if (notAllowed !== null) return refuseCall(context, response, notAllowed);

  const isAgain = isRetry(headers.read);
  const asked = { ...known, grant, bodyBytes: body.length, isRetry: isAgain, response };
  const limits = await passLimits(context, { ...asked, headers: headers.read });
  if (limits === null) return;
  try {
    const headersSent = admission.headers;
    await carryLimited(context, {
      ...{ ...call, received, known, caller, limits, headersSent, startedMs },
    });
  } finally {
    limits.releaseUnlessHandedOver();
  }
}

type LimitedCall = ArrivingCall & {
  readonly received: ReceivedCall;
  readonly known: KnownCall;
  readonly caller: Caller;
  readonly limits: LimitEntry;
  /** What goes upstream. */
  readonly headersSent: string[];
  readonly startedMs: number;
};

async function carryLimited(context: GatewayContext, call: LimitedCall): Promise<void> {
  const { response, path, held, received, known, limits, caller } = call;
  // route, cap: here, on what is known and before anything is reserved.

  // Named one by one: a copy of the whole context would cost more than the step.
  const { at, body } = received;
  const { read } = received.headers;
  const { settings } = context;
  const deferral = deferralOf({
    at,
    body,
    read,
    caller,
    settings,
    request: known.request,
    nodes: known.nodes,
    policy: () => context.policies.deferFor({ ...known.attributes, model: known.request.model }),
  });
  if (deferral.kind === "refused") return refuseCall(context, response, deferral);
  const left = await defer(context, received, known, { response, deferral });
  if (left.kind === "taken") return;

  const reserved = reserve(context, received, known);
  if (reserved.kind === "refused") return stop(context, received, known, reserved, response);
  try {
    const admitted = { ...known, request: reserved.request, limits, reserved };
    const plan = context.autopilot.plan({ at: received.at, ...admitted, body: reserved.body });
    const wait = plan.flight === null ? NOT_HELD : await hold(context, plan.flight, response);
    const decided = { ...admitted, plan, held: wait, deferral: left.decision };
    const recorded = await putOnRecord(context, received, decided, response);
    if (recorded.kind === "refused") return;
    const waitedMs = wait.heldMs + limits.waitedMs;
    context.counters.addedBefore.record(context.clock.monotonicMs() - call.startedMs - waitedMs);
    const answer = new MeteredAnswer(context, {
      response,
      opened: recorded.opened,
      identity: known.identity,
      releaseBody: held.handOver(),
      flight: plan.flight,
      reserved,
      pass: limits.handOver(),
    });
    reserved.hold.handOver();
    if (recorded.opened !== null) offerToKeepAlive(context, received, admitted, { caller, plan });
    if (response.destroyed) return answer.endUnsent();
    const headers = limits.isWatched ? uncompressed(call.headersSent) : call.headersSent;
    forward(context, { method: "POST", path, headers, body: plan.body }, answer);
  } finally {
    reserved.hold.releaseUnlessHandedOver();
  }
}

/** A stream that may have to be ended in its midst must not be compressed. */
function uncompressed(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name = "", value = ""] = headers.slice(at, at + 2);
    if (name.toLowerCase() !== "accept-encoding") kept.push(name, value);
  }
  return [...kept, "accept-encoding", "identity"];
}

type ReceivedCall = {
  readonly at: Instant;
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly body: Buffer;
};

/** A call as it is known before anything is decided. */
type KnownCall = {
  readonly request: RequestReading;
  readonly attributes: Attributes;
  /** Calls of the same word share the provider's prompt cache. */
  readonly credential: string | null;
  readonly prompt: PromptPath | null;
  /** That of the whole prompt. */
  readonly node: PrefixNode | null;
  /** The prefix node of each block of the prompt. */
  readonly nodes: readonly PrefixNode[];
  readonly version: ApiVersion;
  /** By which a retry of this call is known. */
  readonly identity: string | null;
};

/** Attribute. */
function receiveCall(context: GatewayContext, call: ReceivedCall, caller: Caller): KnownCall {
  const { read } = call.headers;
  const version = {
    apiVersion: read.get("anthropic-version") ?? null,
    betas: betasOf(read.get("anthropic-beta")),
  };
  const request = readRequest(call.body, version);
  const { attributes, dropped } = attribute({
    caller,
    headers: read,
    metadataUserId: request.metadataUserId,
    limits: context.settings,
  });
  if (dropped.length > 0) tellDropped(context, dropped);
  const prompt = context.prompts.place(request);
  const node = prompt?.node ?? null;
  const nodes = prompt === null ? [] : context.prompts.nodesOf(prompt);
  const identity = identityOf(read, caller.key, request.model, node);
  const { credential } = caller;
  return { request, attributes, credential, prompt, node, nodes, version, identity };
}

/** Sets aside the most that the call can come to, in every budget that it falls under. */
function reserve(
  { autopilot, budgets, catalogue }: GatewayContext,
  { at, body }: ReceivedCall,
  { request, attributes, version }: KnownCall,
): Admission {
  const addedLifetime = () => autopilot.longestAdded({ request, attributes });
  return budgets.admit({ at, body, request, attributes, version, addedLifetime, catalogue });
}

/** A budget stops the call: it is on record, and it was not forwarded. */
async function stop(
  context: GatewayContext,
  { at, path, body }: ReceivedCall,
  { request, attributes, version }: KnownCall,
  { refusal, decisions, worstCase }: Extract<Admission, { kind: "refused" }>,
  response: ServerResponse,
): Promise<void> {
  const opened = openExchange(
    {
      ...{ at, path, request, version, attributes, decisions, worstCase },
      ...{ call: null, prompt: null, arm: null, addedLifetime: null, requestBytes: body.length },
    },
    context,
  );
  await recordRefusal(context, opened, refusal.code);
  refuseCall(context, response, { ...refusal, exchange: opened.exchange });
}

/** Only with a virtual key: Purser may use its own key of the provider for it later. */
function offerToKeepAlive(
  { keepAlive }: GatewayContext,
  { at, path }: ReceivedCall,
  { attributes, version, prompt }: KnownCall,
  { caller: { grant }, plan }: { readonly caller: Caller; readonly plan: CallPlan },
): void {
  const { warm, body } = plan;
  if (warm === null || grant === null || prompt === null) return;
  const { markers, automaticMarker } = prompt;
  keepAlive.offer({
    ...{ warm, body, path, version, attributes, atMs: at },
    ...{ grantId: grant.id, own: { markers, automaticMarker } },
  });
}

type Deferred = { readonly response: ServerResponse; readonly deferral: MayWait };
type MayWait = Exclude<Deferral, { kind: "refused" }>;
type AfterDeferral =
  | { readonly kind: "taken" }
  /** It is made now; `null` where no policy said a word. */
  | { readonly kind: "now"; readonly decision: string | null };

/** Where it waits for a batch, the desk that keeps it tells its client from here on. */
async function defer(
  context: GatewayContext,
  received: ReceivedCall,
  known: KnownCall,
  { response, deferral }: Deferred,
): Promise<AfterDeferral> {
  if (deferral.kind === "none") return madeNow(context, deferral.decision);
  const { policy } = deferral;
  const end = await handIn(context, received, known, { response, deferral });
  if (end.kind === "taken" || policy === null) return { kind: "taken" };
  return madeNow(context, { policy, kind: "left-alone", reason: end.why });
}

function madeNow({ counters }: GatewayContext, decision: DeferralDecision | null): AfterDeferral {
  if (decision === null) return { kind: "now", decision: null };
  counters.deferralDecision(`${decision.kind} ${decision.reason}`.trimEnd());
  return { kind: "now", decision: formatDeferralDecision(decision) };
}

async function handIn(
  context: GatewayContext,
  { headers }: ReceivedCall,
  { attributes, version, identity }: KnownCall,
  deferred: Pick<Parameters<typeof deferCall>[2], "response" | "deferral">,
): Promise<DeferEnd> {
  const { deferral: desk } = context;
  if (desk === null) {
    if (deferred.deferral.policy !== null) return { kind: "left", why: "unavailable" };
    const what = "this Purser keeps no calls";
    refuseCall(context, deferred.response, { code: "BATCH_UNAVAILABLE", what });
    return { kind: "taken" };
  }
  const key = attributes.key ?? "";
  const repeats = isRetry(headers.read);
  return deferCall(context, desk, {
    ...{ ...deferred, key, attributes, version, identity, isRetry: repeats },
  });
}

type Held = { readonly end: HoldEnd | null; readonly heldMs: number };
const NOT_HELD: Held = { end: null, heldMs: 0 };

/** Waits while another call writes the same prefix, and never longer than the policy's bound. */
async function hold(
  { clock, counters }: GatewayContext,
  flight: Flight,
  response: ServerResponse,
): Promise<Held> {
  const fromMs = clock.monotonicMs();
  counters.holding += 1;
  const end = await flight.hold((leave) => {
    response.once("close", leave);
    return () => void response.off("close", leave);
  });
  counters.holding -= 1;
  if (end === null) return NOT_HELD;
  const heldMs = clock.monotonicMs() - fromMs;
  counters.hold(end, heldMs);
  return { end, heldMs };
}

type DecidedCall = KnownCall & {
  readonly reserved: AdmittedCall;
  readonly limits: LimitEntry;
  readonly plan: CallPlan;
  readonly held: Held;
  /** What a policy that defers decided; `null` where none did. */
  readonly deferral: string | null;
};

/** Writes down what is known and what was decided, before anything is forwarded. */
function openCall(
  context: GatewayContext,
  { at, path, headers, body }: ReceivedCall,
  {
    request,
    attributes,
    prompt,
    version,
    identity,
    limits,
    reserved,
    plan,
    held,
    deferral,
  }: DecidedCall,
): OpenedEntry {
  if (plan.decision !== null) {
    const { kind, reason } = plan.decision;
    context.counters.cacheDecision(reason === "" ? kind : `${kind} ${reason}`);
  }
  const wait = held.end === null ? [] : [`held ${Math.ceil(held.heldMs)}ms ${held.end}`];
  return openExchange(
    {
      ...{ at, path, request, version, attributes, prompt },
      call: isRetry(headers.read) ? findCall(context, identity) : null,
      requestBytes: body.length,
      decisions: [
        ...(deferral === null ? [] : [deferral]),
        ...reserved.decisions,
        ...limits.decisions,
        ...plan.decisions,
        ...wait,
      ],
      worstCase: reserved.hold.worstCase,
      arm: plan.arm,
      addedLifetime: plan.addedLifetime,
    },
    context,
  );
}

/** Whatever goes wrong here, the calls that wait for this one are let go. */
async function putOnRecord(
  context: GatewayContext,
  received: ReceivedCall,
  decided: DecidedCall,
  response: ServerResponse,
): Promise<Recorded> {
  let recorded: Recorded = { kind: "refused" };
  try {
    const opened = openCall(context, received, decided);
    decided.reserved.hold.exchange = opened.exchange;
    recorded = await openInJournal(context, opened, response);
    return recorded;
  } finally {
    if (recorded.kind === "refused") decided.plan.flight?.over(null);
  }
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
    const what = "the ledger cannot be written, so the call was not forwarded";
    refuseCall(context, response, { code: "GATEWAY_LEDGER_REFUSED", what });
    return { kind: "refused" };
  }
}

function refuseLargeBody(context: GatewayContext, response: ServerResponse): void {
  const what = `the body is larger than ${context.settings.requestBodyBytesMax} bytes`;
  refuseCall(context, response, { code: "GATEWAY_BODY_TOO_LARGE", what }, true);
}

function refuseWithoutRoom(context: GatewayContext, response: ServerResponse): void {
  const bytesMax = context.settings.requestBodiesBytesMax;
  const what = `the requests in flight have ${bytesMax} bytes of bodies together`;
  refuseCall(context, response, { code: "GATEWAY_BODIES_FULL", what }, true);
}

function tellDropped(context: GatewayContext, dropped: readonly string[]): void {
  context.counters.droppedLabels += dropped.length;
  const message = "labels were dropped: empty, too long, too many, or with control characters";
  const labels = [...new Set(dropped)].join(" ");
  context.log({ level: "warn", event: "labels-dropped", message, data: { labels } });
}

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
