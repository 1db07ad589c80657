/** What a call costs by the way it ended. */
import type { JsonObject, JsonValue } from "../../base/index.ts";
import type { CallOutcome } from "../calls/index.ts";
import type { Billed } from "../http/index.ts";
import { NOTHING_BILLED } from "../models/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { type AnswerPlan, limitKey } from "./answer-plan.ts";
import { messageEvents } from "./message-events.ts";
import { billUsage } from "./usage.ts";

/** Refusals before any output are billed for these categories only ("refusals"). */
const BILLED_REFUSALS: readonly JsonValue[] = ["bio", "frontier_llm", "reasoning_extraction"];
const UNBILLED: Billed = { usage: null, bill: NOTHING_BILLED };

export function billEnding(
  state: SimulatorState,
  plan: AnswerPlan,
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

export function completeBill(state: SimulatorState, plan: AnswerPlan, usage: JsonObject): Billed {
  const category = plan.reply.stopDetails?.category ?? null;
  const free = plan.reply.refusedBeforeOutput && !BILLED_REFUSALS.includes(category);
  return free
    ? { usage, bill: NOTHING_BILLED }
    : { usage, bill: billUsage(usage, plan.served, state.assumptions) };
}

/** The output's share of the content that had been handed to the socket, at least one token. */
function sentTokens(plan: AnswerPlan, sentLength: number): number {
  const events = messageEvents(plan.message, plan.reply.content, plan.usageAtStart);
  const whole = events.reduce((sum, event) => sum + event.contentLength, 0);
  const total = plan.reply.outputTokens;
  if (whole === 0) return total;
  return Math.min(total, Math.max(1, Math.ceil((total * sentLength) / whole)));
}
