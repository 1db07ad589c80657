/** Claude Code conversations: requests with prefix hashes of 64 tokens, nested sub-agents, real gaps. */
import { instant, isJsonObject, type JsonObject } from "../../../base/index.ts";
import type {
  Ending,
  PlaceKind,
  Workload,
  WorkloadRequest,
} from "../../../domain/prompt-cache/index.ts";
import { type Cut, createHashPathBuilder, type HashPathBuilder } from "./hash-path-builder.ts";

/**
 * Tokens at the very end of a prompt that belong to no block: what opens the answer. In these traces a
 * hash that reaches into the last four tokens never recurs, so the last block ends before them.
 */
const CLOSING_TOKENS = 4;
/** Speed at which a response of unknown duration is taken to be written. */
const OUTPUT_TOKENS_PER_SECOND = 60;
const FIRST_TOKEN_SECONDS = 2;

const ASSUMPTIONS: readonly string[] = [
  "conversations share nothing and follow one another; a pause of two hours lies between them",
  "what a request adds is two blocks: the answer before it (as long as its output) and the new turn",
  "where a request leaves every earlier path, one of its blocks begins",
  "the last four tokens of a prompt belong to no block",
  "a response of unknown duration takes two seconds and a second for every sixty output tokens",
];

type TraceCall = {
  readonly row: JsonObject;
  readonly startS: number;
  readonly agent: string | null;
  /** Where tools and system end in the prompts of this conversation or sub-agent. */
  readonly sections: readonly Cut[];
};

/** Whether the first line of a file is of this kind. */
export function isClaudeCodeTrace(row: JsonObject): boolean {
  return Array.isArray(row.requests) && typeof row.block_size === "number";
}

export async function readClaudeCodeTrace(
  name: string,
  rows: AsyncIterable<JsonObject>,
): Promise<Workload> {
  const requests: WorkloadRequest[] = [];
  let paths: HashPathBuilder | null = null;
  let offsetS = 0;
  for await (const row of rows) {
    paths ??= createHashPathBuilder(numberOf(row.block_size, 64));
    const calls = callsOf(row, paths.tokensPerHash);
    const session = String(row.id ?? requests.length);
    const first = calls[0]?.startS ?? 0;
    let last = offsetS;
    for (const request of conversationRequests(session, calls, paths, requests.length)) {
      const shifted = shift(request, (offsetS - first) * 1000);
      last = Math.max(last, shifted.endMs / 1000);
      requests.push(shifted);
    }
    offsetS = Math.ceil(last) + 7200;
  }
  return {
    name,
    tree: (paths ?? createHashPathBuilder(64)).tree.finish(),
    requests,
    assumptions: ASSUMPTIONS,
  };
}

function shift(request: WorkloadRequest, byMs: number): WorkloadRequest {
  return {
    ...request,
    startMs: instant(request.startMs + byMs),
    responseBeginMs: instant(request.responseBeginMs + byMs),
    endMs: instant(request.endMs + byMs),
  };
}

/** All calls of a conversation, those of sub-agents included, in order of their start. */
function callsOf(conversation: JsonObject, hashTokens: number): readonly TraceCall[] {
  const calls: TraceCall[] = [];
  const collect = (owner: JsonObject, offsetS: number, agent: string | null): void => {
    const sections = sectionEnds(owner, hashTokens);
    for (const row of Array.isArray(owner.requests) ? owner.requests : []) {
      if (!isJsonObject(row)) continue;
      const startS = offsetS + numberOf(row.t, 0);
      if (row.type === "subagent") collect(row, startS, String(row.agent_id ?? "agent"));
      else calls.push({ row, startS, agent, sections });
    }
  };
  collect(conversation, 0, null);
  return calls.sort((a, b) => a.startS - b.startS);
}

function sectionEnds(owner: JsonObject, hashTokens: number): readonly Cut[] {
  const tools = numberOf(owner.tool_tokens, 0);
  const system = tools + numberOf(owner.system_tokens, 0);
  return [
    { at: Math.floor(tools / hashTokens), kind: "tools" },
    { at: Math.floor(system / hashTokens), kind: "system" },
  ];
}

function* conversationRequests(
  session: string,
  calls: readonly TraceCall[],
  paths: HashPathBuilder,
  firstIndex: number,
): Generator<WorkloadRequest> {
  const answerTokens = new Map<string | null, number>();
  let index = firstIndex;
  for (const call of calls) {
    const all = Array.isArray(call.row.hash_ids) ? (call.row.hash_ids as number[]) : [];
    const inputTokens = numberOf(call.row.in, 0);
    const whole = Math.floor(Math.max(0, inputTokens - CLOSING_TOKENS) / paths.tokensPerHash);
    const hashes = all.slice(0, whole);
    const answer = Math.round((answerTokens.get(call.agent) ?? 0) / paths.tokensPerHash);
    const leaf = paths.add({
      scope: `${session}/${String(call.row.model)}`,
      hashes,
      index,
      cutsAfter: (shared) => cutsOf(call, hashes.length, shared, answer),
    });
    answerTokens.set(call.agent, numberOf(call.row.out, 0));
    const tailTokens = inputTokens - hashes.length * paths.tokensPerHash;
    yield toRequest(call, session, leaf, Math.max(0, tailTokens));
    index += 1;
  }
}

/** Blocks of what a request adds: sections at the start, then the answer before it, then its turn. */
function cutsOf(call: TraceCall, length: number, shared: number, answer: number): readonly Cut[] {
  const cuts = call.sections.filter((cut) => cut.at > shared && cut.at < length);
  const types = Array.isArray(call.row.input_types) ? call.row.input_types : [];
  const turn: PlaceKind =
    types.includes("tool_result") && !types.includes("text") ? "tool_result" : "user_text";
  const answerEnd = shared + answer;
  const inMessages = shared >= (call.sections.at(-1)?.at ?? 0);
  if (inMessages && answer > 0 && answerEnd < length)
    cuts.push({ at: answerEnd, kind: "assistant" });
  return [...cuts, { at: length, kind: turn }];
}

const ENDINGS: ReadonlySet<string> = new Set(["tool_use", "end_turn", "max_tokens", "refusal"]);

function toRequest(
  call: TraceCall,
  session: string,
  leaf: number,
  tailTokens: number,
): WorkloadRequest {
  const { row } = call;
  const outputTokens = numberOf(row.out, 0);
  const guessS = FIRST_TOKEN_SECONDS + outputTokens / OUTPUT_TOKENS_PER_SECOND;
  const durationS = numberOf(row.api_time, guessS);
  const firstTokenS = row.type === "s" ? numberOf(row.ttft, FIRST_TOKEN_SECONDS) : durationS;
  const stop = typeof row.stop === "string" ? row.stop : "";
  return {
    leaf,
    tailTokens,
    startMs: instant(call.startS * 1000),
    responseBeginMs: instant((call.startS + Math.min(firstTokenS, durationS)) * 1000),
    endMs: instant((call.startS + durationS) * 1000),
    ending: ENDINGS.has(stop) ? (stop as Ending) : "unknown",
    session,
    agent: call.agent,
    outputTokens,
    markersSent: null,
  };
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}
