/**
 * Claude Code transcripts without text: a line for each block with its hash, and the usage of each
 * answer. Lines of one answer share its message id; a prompt is the chain of lines above it.
 */
import { type Instant, instant, isJsonObject, type JsonObject } from "../../../base/index.ts";
import {
  type Ending,
  NO_NODE,
  type PlaceKind,
  type Workload,
  type WorkloadRequest,
} from "../../../domain/prompt-cache/index.ts";
import { type BilledBlock, BilledPaths } from "../billed-paths.ts";

/** A transcript does not show tools and system prompt; this is their share of the first prompt. */
const HIDDEN_PREFIX_WEIGHT = 15_000;
const CHARACTERS_PER_TOKEN = 3.4;
/** Lines above one another in one conversation. */
const CHAIN_LINES_MAX = 100_000;

const ASSUMPTIONS: readonly string[] = [
  "tools and system prompt, which transcripts do not show, are one block that all conversations of a version share",
  "sizes of blocks are estimated from their characters and scaled so that each prompt comes to what was billed",
  "a request starts when the line above its answer was written, and its response begins with the answer's first line",
];

type Line = {
  readonly uuid: string;
  readonly parent: string | null;
  readonly at: number;
  readonly conversation: string;
  readonly version: string;
  readonly messageId: string | null;
  readonly model: string;
  readonly stop: string | null;
  readonly usage: JsonObject | null;
  readonly blocks: readonly BilledBlock[];
};

/** Whether a row is of this kind. */
export function isSessionUsage(row: JsonObject): boolean {
  return Array.isArray(row.blocks) && typeof row.path === "string";
}

export async function readSessionUsage(
  name: string,
  rows: AsyncIterable<JsonObject>,
): Promise<Workload> {
  const lines = new Map<string, Line>();
  const answers = new Map<string, Line[]>();
  for await (const row of rows) {
    const line = lineOf(row);
    if (line === null || lines.has(line.uuid)) continue;
    lines.set(line.uuid, line);
    if (line.messageId === null || line.usage === null) continue;
    const key = `${line.conversation} ${line.messageId}`;
    answers.set(key, [...(answers.get(key) ?? []), line]);
  }
  const paths = new BilledPaths();
  const requests = [...answers.values()]
    .flatMap((answer) => requestSeed(answer, lines))
    .sort((a, b) => a.startMs - b.startMs)
    .map((seed, index) => toRequest(seed, paths, index));
  return { name, tree: paths.finish(), requests, assumptions: ASSUMPTIONS };
}

type Seed = {
  readonly startMs: number;
  readonly first: Line;
  readonly last: Line;
  readonly blocks: readonly BilledBlock[];
};

function requestSeed(answer: readonly Line[], lines: ReadonlyMap<string, Line>): readonly Seed[] {
  const [first] = answer;
  const last = answer.at(-1);
  if (first === undefined || last === undefined || promptTokensOf(last.usage) === 0) return [];
  const chain: Line[] = [];
  let above = first.parent === null ? undefined : lines.get(first.parent);
  while (above !== undefined && chain.length < CHAIN_LINES_MAX) {
    chain.push(above);
    above = above.parent === null ? undefined : lines.get(above.parent);
  }
  const startMs = Math.min(chain[0]?.at ?? first.at, first.at);
  const hidden: BilledBlock = {
    key: `hidden ${first.version}`,
    weight: HIDDEN_PREFIX_WEIGHT,
    kind: "system",
    markable: true,
  };
  return [{ startMs, first, last, blocks: [hidden, ...chain.reverse().flatMap((l) => l.blocks)] }];
}

const STOPS: ReadonlySet<string> = new Set(["tool_use", "end_turn", "max_tokens", "refusal"]);

function toRequest(seed: Seed, paths: BilledPaths, index: number): WorkloadRequest {
  const { first, last } = seed;
  const { leaf, tailTokens } = paths.add({
    scope: first.model,
    blocks: seed.blocks,
    from: NO_NODE,
    promptTokens: promptTokensOf(last.usage),
    index,
  });
  const stop = last.stop ?? "";
  return {
    leaf,
    tailTokens,
    startMs: instant(seed.startMs),
    responseBeginMs: instant(first.at),
    endMs: instant(Math.max(first.at, last.at)),
    ending: STOPS.has(stop) ? (stop as Ending) : "unknown",
    session: first.conversation,
    agent: null,
    outputTokens: countOf(last.usage?.output_tokens),
    markersSent: null,
  };
}

function lineOf(row: JsonObject): Line | null {
  const { uuid, parent, timestamp, message_id: messageId, model, version } = row;
  const at = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  if (typeof uuid !== "string" || Number.isNaN(at)) return null;
  return {
    uuid,
    parent: typeof parent === "string" ? parent : null,
    at: at as Instant,
    conversation: `${String(row.session ?? row.path)}${row.isSidechain === true ? " sidechain" : ""}`,
    version: typeof version === "string" ? version : "",
    messageId: typeof messageId === "string" ? messageId : null,
    model: typeof model === "string" ? model : "",
    stop: typeof row.stop_reason === "string" ? row.stop_reason : null,
    usage: isJsonObject(row.usage) ? row.usage : null,
    blocks: (Array.isArray(row.blocks) ? row.blocks : [])
      .filter(isJsonObject)
      .map((block) => blockOf(block, row.type)),
  };
}

function blockOf(block: JsonObject, role: unknown): BilledBlock {
  const { type, sha, chars } = block;
  return {
    key: `${String(role)} ${String(type)} ${String(sha)}`,
    weight: Math.max(1, (typeof chars === "number" ? chars : 0) / CHARACTERS_PER_TOKEN),
    kind: placeOf(type, role),
    markable: type !== "thinking",
  };
}

function placeOf(type: unknown, role: unknown): PlaceKind {
  if (type === "tool_result") return "tool_result";
  if (type === "tool_use") return "tool_use";
  return role === "assistant" ? "assistant" : "user_text";
}

function promptTokensOf(usage: JsonObject | null): number {
  return (
    countOf(usage?.input_tokens) +
    countOf(usage?.cache_read_input_tokens) +
    countOf(usage?.cache_creation_input_tokens)
  );
}

function countOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
