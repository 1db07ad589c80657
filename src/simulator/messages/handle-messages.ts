/** One Messages call, from its bytes to the last byte of the answer. */

import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type JsonObject, type JsonValue, seededRandom } from "../../base/index.ts";
import type { CacheUse } from "../cache/index.ts";
import type { CallOutcome } from "../calls/index.ts";
import { type Fault, failureOf, rateLimited } from "../faults/index.ts";
import {
  type Billed,
  commonHeaders,
  type Exchange,
  idLetters,
  sendFailure,
  sendJson,
} from "../http/index.ts";
import type { ScriptedRequest } from "../matching/index.ts";
import { NOTHING_BILLED } from "../models/index.ts";
import { composeReply, type Reply, type ReplySpec } from "../replies/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { deliverStream, untilOrGone } from "./deliver-stream.ts";
import { diagnose } from "./diagnose.ts";
import { messageEvents } from "./message-events.ts";
import { type PreparedCall, prepare } from "./prepare.ts";
import { billUsage, finalUsage, type ServedAs, startUsage } from "./usage.ts";

type Plan = {
  readonly call: PreparedCall;
  readonly spec: ReplySpec | null;
  readonly fault: Fault | null;
  readonly cacheUse: CacheUse;
  readonly reply: Reply;
  readonly served: ServedAs;
  readonly message: JsonObject;
  readonly usageAtStart: JsonObject;
};

export async function handleMessages(state: SimulatorState, exchange: Exchange): Promise<void> {
  const prepared = await prepare(state, exchange, false);
  if (prepared.kind === "gone") return;
  if (prepared.kind === "failed") return sendFailure(state, exchange, prepared.failure);
  const { call } = prepared;
  exchange.facts.stream = call.body.stream === true;
  const request = scriptedRequest(state, exchange, call);
  const spec = state.script.next(request);
  const fault = spec?.fault ?? state.faults.next(request);
  exchange.facts.fault = fault?.kind ?? null;
  const failure = orderedFailure(state, fault, exchange.facts.stream);
  if (failure !== null) {
    exchange.facts.outcome = "faulted";
    return sendFailure(state, exchange, failure);
  }
  const plan = makePlan(state, exchange, { call, spec, fault });
  const waitSeconds = admit(state, plan);
  if (waitSeconds !== null) return sendFailure(state, exchange, rateLimited(waitSeconds));
  await answer(state, exchange, plan);
}

function scriptedRequest(
  state: SimulatorState,
  exchange: Exchange,
  call: PreparedCall,
): ScriptedRequest {
  return {
    model: call.model.id,
    body: call.body,
    headers: exchange.headers,
    nthCall: ++state.counted.messages,
    stream: exchange.facts.stream,
  };
}

/** Faults that replace the whole answer. Without a stream an error event is an error answer. */
function orderedFailure(state: SimulatorState, fault: Fault | null, stream: boolean) {
  if (fault === null) return null;
  if (fault.kind === "error-event" && !stream) {
    return failureOf({ kind: fault.type === "api_error" ? "server-error" : "overloaded" }, "");
  }
  return failureOf(fault, firstOfNextMonth(state.clock.nowMs()));
}

function firstOfNextMonth(nowMs: number): string {
  const now = new Date(nowMs);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
    .toISOString()
    .slice(0, 10);
}

type Chosen = Pick<Plan, "call" | "spec" | "fault">;

function makePlan(state: SimulatorState, exchange: Exchange, chosen: Chosen): Plan {
  const { call, spec } = chosen;
  const reply = compose(state, exchange, chosen);
  const cacheUse = state.cache.use(call.prompt, exchange.startMs, cacheTokensMin(state, call));
  const served = servedAs(state, exchange, call, spec);
  const hasMarkers = call.prompt.units.some((unit) => unit.marker !== null);
  const usage = { ...finalUsage(cacheUse, reply, served, hasMarkers), ...spec?.usage };
  const usageAtStart = { ...startUsage(cacheUse, reply, served), ...promptOverrides(spec?.usage) };
  const id = `msg_01${idLetters(state.seed, "message", state.counted.messages)}`;
  const message = wireMessage(id, served.model, reply, {
    usage,
    diagnostics: diagnose(call, id, state.fingerprints),
  });
  return { ...chosen, cacheUse, reply, served, message, usageAtStart };
}

function compose(state: SimulatorState, exchange: Exchange, chosen: Chosen): Reply {
  const { call, spec } = chosen;
  const asked = call.body.max_tokens as number;
  const room = call.model.contextTokens - call.prompt.promptTokens;
  const digest = hash("sha256", exchange.body, "buffer");
  return composeReply({
    body: call.body,
    model: call.model,
    scenario: state.scenario,
    spec,
    random: seededRandom(digest.readUInt32BE(0) ^ state.seed),
    outputTokensMax: Math.min(asked, room),
    boundByContext: room < asked,
  });
}

function cacheTokensMin(state: SimulatorState, call: PreparedCall): number {
  return call.model.id === "claude-sonnet-4-6"
    ? state.assumptions.sonnet46CacheTokensMin
    : call.model.cacheTokensMin;
}

function servedAs(
  state: SimulatorState,
  exchange: Exchange,
  call: PreparedCall,
  spec: ReplySpec | null,
): ServedAs {
  const asked = call.body.inference_geo ?? state.options.defaultInferenceGeo ?? "global";
  return {
    model: spec?.model ?? call.model.id,
    atMs: exchange.startMs,
    speed: call.speed,
    inferenceGeo: call.model.regional ? String(asked) : "not_available",
  };
}

/** A script's usage reaches the first event too, except for what only the end can know. */
function promptOverrides(usage: JsonObject | undefined): JsonObject {
  if (usage === undefined) return {};
  const {
    output_tokens: _o,
    output_tokens_details: _d,
    server_tool_use: _s,
    iterations: _i,
    ...rest
  } = usage;
  return rest;
}

type Told = { readonly usage: JsonObject; readonly diagnostics: JsonValue };

function wireMessage(id: string, model: string, reply: Reply, told: Told): JsonObject {
  return {
    model,
    id,
    type: "message",
    role: "assistant",
    content: reply.content,
    stop_reason: reply.stopReason,
    stop_sequence: reply.stopSequence,
    stop_details: reply.stopDetails,
    container: null,
    diagnostics: told.diagnostics,
    usage: told.usage,
  };
}

function limitKey(plan: Plan): string {
  return `${plan.call.workspace} ${plan.call.model.id}`;
}

/** Seconds to wait when a limit is enforced and exceeded. Cache reads do not count as input. */
function admit(state: SimulatorState, plan: Plan): number | null {
  const { input, write5m, write1h } = plan.cacheUse;
  const counted = input + write5m + write1h;
  const nowMs = state.clock.nowMs();
  if (state.options.enforceRateLimits === true) {
    return state.rateLimiter.admit(limitKey(plan), counted, nowMs);
  }
  state.rateLimiter.note(limitKey(plan), counted, nowMs);
  return null;
}

async function answer(state: SimulatorState, exchange: Exchange, plan: Plan): Promise<void> {
  const { facts } = exchange;
  facts.messageId = String(plan.message.id);
  facts.model = plan.served.model;
  const sent = { contentLength: 0 };
  facts.billAtEnd = (outcome) => billed(state, plan, outcome, sent.contentLength);
  await waitForFirstByte(state, exchange, plan);
  if (exchange.isGone) return;
  if (plan.fault?.kind === "reset") {
    facts.outcome = "faulted";
    exchange.response.socket?.destroy();
    return;
  }
  plan.cacheUse.responseBegins();
  if (plan.fault?.kind === "garbage") return sendGarbage(exchange);
  markEnding(exchange, plan);
  if (facts.stream) await sendStream(state, exchange, plan, sent);
  else await sendWhole(state, exchange, plan);
}

async function waitForFirstByte(
  state: SimulatorState,
  exchange: Exchange,
  plan: Plan,
): Promise<void> {
  const { spec, fault } = plan;
  const ordered = fault?.kind === "slow-first-byte" ? fault.delayMs : 0;
  const delayMs = ordered + (spec?.delayMs ?? state.scenario.firstByteDelayMs);
  if (delayMs > 0) await untilOrGone(exchange, delay(delayMs));
  if (spec?.waitFor !== undefined) await untilOrGone(exchange, spec.waitFor);
}

function markEnding(exchange: Exchange, plan: Plan): void {
  if (plan.fault?.kind === "cut") exchange.facts.outcome = "cut";
  if (plan.fault?.kind === "error-event") exchange.facts.outcome = "faulted";
}

function sendGarbage(exchange: Exchange): void {
  exchange.facts.outcome = "faulted";
  const garbage = "<html>\u0000{ not json";
  exchange.noteSent(garbage);
  exchange.response.writeHead(200, {
    ...commonHeaders(exchange),
    "content-type": exchange.facts.stream ? "text/event-stream; charset=utf-8" : "application/json",
  });
  exchange.response.end(garbage);
}

function responseHeaders(state: SimulatorState, exchange: Exchange, plan: Plan) {
  const limits = state.rateLimiter.headers(limitKey(plan), state.clock.nowMs());
  return { ...commonHeaders(exchange), ...limits };
}

async function sendStream(
  state: SimulatorState,
  exchange: Exchange,
  plan: Plan,
  sent: { contentLength: number },
): Promise<void> {
  const { spec, fault } = plan;
  const slow = fault?.kind === "slow-stream" ? fault.tokensPerSecond : null;
  await deliverStream(exchange, {
    events: messageEvents(plan.message, plan.reply.content, plan.usageAtStart),
    headers: responseHeaders(state, exchange, plan),
    tokensPerSecond: slow ?? spec?.tokensPerSecond ?? state.scenario.tokensPerSecond,
    pause: spec?.pause ?? null,
    fault,
    compressed: state.options.compression === "all",
    onSent: (event) => {
      sent.contentLength += event.contentLength;
    },
  });
}

async function sendWhole(state: SimulatorState, exchange: Exchange, plan: Plan): Promise<void> {
  const headers = responseHeaders(state, exchange, plan);
  if (plan.fault?.kind !== "cut") {
    return sendJson(state, exchange, { status: 200, body: plan.message, headers });
  }
  const body = Buffer.from(JSON.stringify(plan.message));
  const part = body.subarray(0, Math.floor(body.length * Math.min(0.99, plan.fault.after)));
  exchange.noteSent(part);
  exchange.response.writeHead(200, {
    ...headers,
    "content-type": "application/json",
    "content-length": body.length,
  });
  exchange.response.write(part, () => exchange.response.socket?.destroy());
}

/** Refusals before any output are billed for these categories only ("refusals"). */
const BILLED_REFUSALS: readonly JsonValue[] = ["bio", "frontier_llm", "reasoning_extraction"];
const UNBILLED: Billed = { usage: null, bill: NOTHING_BILLED };

/** What the call costs by the way it ended. */
function billed(
  state: SimulatorState,
  plan: Plan,
  outcome: CallOutcome,
  sentLength: number,
): Billed {
  const usage = plan.message.usage as JsonObject;
  if (outcome === "client-gone") plan.cacheUse.cancelled();
  state.rateLimiter.noteOutput(limitKey(plan), plan.reply.outputTokens, state.clock.nowMs());
  if (outcome === "completed") return completeBill(state, plan, usage);
  const charged =
    outcome === "client-gone" || (outcome === "cut" && state.assumptions.cutStreamIsBilled);
  if (!charged) return UNBILLED;
  const partial = state.assumptions.abortedOutput === "sent" && plan.call.body.stream === true;
  const ended = partial ? { ...usage, output_tokens: sentTokens(plan, sentLength) } : usage;
  return { usage: ended, bill: billUsage(ended, plan.served, state.assumptions) };
}

function completeBill(state: SimulatorState, plan: Plan, usage: JsonObject): Billed {
  const category = plan.reply.stopDetails?.category ?? null;
  const free = plan.reply.refusedBeforeOutput && !BILLED_REFUSALS.includes(category);
  return free
    ? { usage, bill: NOTHING_BILLED }
    : { usage, bill: billUsage(usage, plan.served, state.assumptions) };
}

/** The output's share of the content that had been handed to the socket, at least one token. */
function sentTokens(plan: Plan, sentLength: number): number {
  const events = messageEvents(plan.message, plan.reply.content, plan.usageAtStart);
  const whole = events.reduce((sum, event) => sum + event.contentLength, 0);
  const total = plan.reply.outputTokens;
  if (whole === 0) return total;
  return Math.min(total, Math.max(1, Math.ceil((total * sentLength) / whole)));
}
