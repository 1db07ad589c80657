/** One Messages call, from its bytes to the last byte of the answer. */

import { type ApiFailure, type Fault, failureOf, rateLimited } from "../faults/index.ts";
import { type Exchange, sendFailure } from "../http/index.ts";
import type { ScriptedRequest } from "../matching/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { type AnswerPlan, limitKey, planAnswer } from "./answer-plan.ts";
import { type PreparedCall, prepare } from "./prepare.ts";
import { sendAnswer } from "./send-answer.ts";

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
  const plan = planAnswer(state, {
    ...{ call, spec, fault, startMs: exchange.startMs },
    serviceTier: "standard",
  });
  const waitSeconds = admit(state, plan);
  if (waitSeconds !== null) return sendFailure(state, exchange, rateLimited(waitSeconds));
  plan.cacheUse.admitted();
  await sendAnswer(state, exchange, plan);
}

function scriptedRequest(
  state: SimulatorState,
  exchange: Exchange,
  call: PreparedCall,
): ScriptedRequest {
  return {
    part: "message",
    route: "POST /v1/messages",
    model: call.model.id,
    body: call.body,
    headers: exchange.headers,
    nthCall: ++state.counted.messages,
    stream: exchange.facts.stream,
  };
}

/** Faults that replace the whole answer. Without a stream an error event is an error answer. */
export function orderedFailure(
  state: SimulatorState,
  fault: Fault | null,
  stream: boolean,
): ApiFailure | null {
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

/** Seconds to wait when a limit is enforced and exceeded. Cache reads do not count as input. */
function admit(state: SimulatorState, plan: AnswerPlan): number | null {
  const { input, write5m, write1h } = plan.cacheUse;
  const counted = input + write5m + write1h;
  const nowMs = state.clock.nowMs();
  if (state.options.enforceRateLimits === true) {
    return state.rateLimiter.admit(limitKey(plan), counted, nowMs);
  }
  state.rateLimiter.note(limitKey(plan), counted, nowMs);
  return null;
}
