/** Everything about an answer that is known before its first byte. */
import { hash } from "node:crypto";
import { type JsonObject, type JsonValue, seededRandom } from "../../base/index.ts";
import type { CacheUse } from "../cache/index.ts";
import type { Fault } from "../faults/index.ts";
import { idLetters } from "../http/index.ts";
import { type RenderedPrompt, renderPrompt } from "../prompt/index.ts";
import { composeReply, type Reply, type ReplySpec } from "../replies/index.ts";
import type { SimulatorState } from "../simulator-state.ts";
import { diagnose } from "./diagnose.ts";
import type { PreparedCall } from "./prepare.ts";
import { finalUsage, type ServedAs, startUsage } from "./usage.ts";

export type AnswerPlan = {
  readonly call: PreparedCall;
  readonly spec: ReplySpec | null;
  readonly fault: Fault | null;
  /** From when lifetimes and prices count. */
  readonly startMs: number;
  readonly serviceTier: ServedAs["serviceTier"];
  readonly cacheUse: CacheUse;
  /** The prompt up to a server tool's results, where it writes a breakpoint of its own. */
  readonly serverToolPrompt: RenderedPrompt | null;
  readonly reply: Reply;
  readonly served: ServedAs;
  readonly message: JsonObject;
  readonly usageAtStart: JsonObject;
};

type Chosen = Pick<AnswerPlan, "call" | "spec" | "fault" | "startMs" | "serviceTier">;

export function planAnswer(state: SimulatorState, chosen: Chosen): AnswerPlan {
  const { call, spec, startMs } = chosen;
  const reply = compose(state, chosen);
  const cacheUse = state.cache.use(call.prompt, startMs, cacheTokensMin(state, call));
  const served = servedAs(state, chosen);
  const hasMarkers = call.prompt.units.some((unit) => unit.marker !== null);
  const usage = { ...finalUsage(cacheUse, reply, served, hasMarkers), ...spec?.usage };
  const usageAtStart = { ...startUsage(cacheUse, reply, served), ...promptOverrides(spec?.usage) };
  const id = `msg_01${idLetters(state.seed, "message", state.counted.messages)}`;
  const message = wireMessage(id, served.model, reply, {
    usage,
    diagnostics: diagnose(call, id, state.fingerprints),
  });
  const serverToolPrompt = hasMarkers ? renderServerTools(state, call, reply) : null;
  return { ...chosen, cacheUse, serverToolPrompt, reply, served, message, usageAtStart };
}

/** A stream and a whole answer to the same request say the same. */
function compose(state: SimulatorState, chosen: Chosen): Reply {
  const { call, spec } = chosen;
  const tokensMax = call.body.max_tokens as number;
  const room = call.model.contextTokens - call.prompt.promptTokens;
  const { stream: _stream, ...asked } = call.body;
  const digest = hash("sha256", JSON.stringify(asked), "buffer");
  return composeReply({
    body: call.body,
    model: call.model,
    scenario: state.scenario,
    spec,
    random: seededRandom(digest.readUInt32BE(0) ^ state.seed),
    outputTokensMax: Math.min(tokensMax, room),
    boundByContext: room < tokensMax,
  });
}

function cacheTokensMin(state: SimulatorState, call: PreparedCall): number {
  return call.model.id === "claude-sonnet-4-6"
    ? state.assumptions.sonnet46CacheTokensMin
    : call.model.cacheTokensMin;
}

function servedAs(state: SimulatorState, chosen: Chosen): ServedAs {
  const { call, spec, startMs, serviceTier } = chosen;
  const asked = call.body.inference_geo ?? state.options.defaultInferenceGeo ?? "global";
  return {
    model: spec?.model ?? call.model.id,
    atMs: startMs,
    serviceTier,
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

/** The prompt as the next turn will send it, up to the last result of a server tool. */
function renderServerTools(
  state: SimulatorState,
  call: PreparedCall,
  reply: Reply,
): RenderedPrompt | null {
  const last = reply.content.findLastIndex((block) => block.type === "web_search_tool_result");
  if (last === -1 || !Array.isArray(call.body.messages)) return null;
  const turn = { role: "assistant", content: reply.content.slice(0, last + 1) };
  const body = { ...call.body, messages: [...call.body.messages, turn] };
  const { model, workspace, speed } = call;
  return renderPrompt(body, { model, workspace, speed, speedScope: state.assumptions.speedScope });
}

/** The pool of rate limits that a call draws from. */
export function limitKey(plan: AnswerPlan): string {
  return `${plan.call.workspace} ${plan.call.model.id}`;
}
