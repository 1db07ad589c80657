/** From the first byte of an answer to its last, or to where it breaks off. */
import { setTimeout as delay } from "node:timers/promises";
import { commonHeaders, type Exchange, sendJson } from "../http/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { type AnswerPlan, limitKey } from "./answer-plan.ts";
import { billEnding } from "./bill-ending.ts";
import { deliverStream, untilOrGone } from "./deliver-stream.ts";
import { messageEvents } from "./message-events.ts";

export async function sendAnswer(
  state: SimulatorState,
  exchange: Exchange,
  plan: AnswerPlan,
): Promise<void> {
  const { facts } = exchange;
  facts.messageId = String(plan.message.id);
  facts.model = plan.served.model;
  const sent = { contentLength: 0 };
  facts.billAtEnd = (outcome) => billEnding(state, plan, outcome, sent.contentLength);
  await waitForFirstByte(state, exchange, plan);
  if (exchange.isGone) return;
  if (plan.fault?.kind === "reset" || plan.fault?.kind === "lost-response") {
    facts.outcome = "faulted";
    exchange.response.socket?.destroy();
    return;
  }
  plan.cacheUse.responseBegins();
  if (plan.serverToolPrompt !== null)
    state.cache.writeAtEnd(plan.serverToolPrompt, exchange.startMs);
  if (plan.fault?.kind === "garbage") return sendGarbage(exchange);
  markEnding(exchange, plan);
  if (facts.stream) await sendStream(state, exchange, plan, sent);
  else await sendWhole(state, exchange, plan);
}

async function waitForFirstByte(
  state: SimulatorState,
  exchange: Exchange,
  plan: AnswerPlan,
): Promise<void> {
  const { spec, fault } = plan;
  const ordered = fault?.kind === "slow-first-byte" ? fault.delayMs : 0;
  const delayMs = ordered + (spec?.delayMs ?? state.scenario.firstByteDelayMs);
  if (delayMs > 0) await untilOrGone(exchange, delay(delayMs));
  if (spec?.waitFor !== undefined) await untilOrGone(exchange, spec.waitFor);
}

function markEnding(exchange: Exchange, plan: AnswerPlan): void {
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

function responseHeaders(state: SimulatorState, exchange: Exchange, plan: AnswerPlan) {
  const limits = state.rateLimiter.headers(limitKey(plan), state.clock.nowMs());
  return { ...commonHeaders(exchange), ...limits };
}

async function sendStream(
  state: SimulatorState,
  exchange: Exchange,
  plan: AnswerPlan,
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

async function sendWhole(
  state: SimulatorState,
  exchange: Exchange,
  plan: AnswerPlan,
): Promise<void> {
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
