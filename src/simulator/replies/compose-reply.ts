/** From a script's or a scenario's wish to the content blocks, the stop reason and the counts. */
import { isJsonObject, type JsonObject, type Random, randomInteger } from "../../base/index.ts";
import { lastToolResults } from "../matching/index.ts";
import type { SimulatedModel } from "../models/index.ts";
import { countBlock } from "../prompt/index.ts";
import { countText } from "../tokens/index.ts";
import { madeUpInput } from "./made-up-input.ts";
import { cutText, madeUpText } from "./made-up-text.ts";
import type { Reply } from "./reply.ts";
import type { ReplySpec } from "./reply-spec.ts";
import type { Scenario } from "./scenario.ts";

export type ComposeContext = {
  readonly body: JsonObject;
  readonly model: SimulatedModel;
  readonly scenario: Scenario;
  readonly spec: ReplySpec | null;
  /** Seeded by the simulator's seed and this request. */
  readonly random: Random;
  readonly outputTokensMax: number;
  /** Set when the context window, not `max_tokens`, is what bounds the output. */
  readonly boundByContext: boolean;
};

export function composeReply(context: ComposeContext): Reply {
  const spec = context.spec ?? spontaneous(context);
  if (context.outputTokensMax === 0) return emptyReply("max_tokens");
  if (spec.refusal !== undefined && spec.text === undefined) return refusal(spec, []);
  const blocks = spec.content ?? plannedBlocks(spec, context);
  const kept = fitOutput(blocks, context, spec.stopSequence ?? null);
  const reply = counted(kept, spec, context);
  return spec.refusal === undefined ? reply : { ...refusal(spec, kept.blocks), ...countsOf(reply) };
}

/** What the model does of itself: a tool call where the scenario is in the mood, else text. */
function spontaneous(context: ComposeContext): ReplySpec {
  const { scenario, random, body } = context;
  const [low, high] = scenario.outputTokens;
  const text = { tokens: randomInteger(random, low, high) };
  const thinking = asksForThinking(body)
    ? { thinking: { tokens: randomInteger(random, ...scenario.thinkingTokens) } }
    : {};
  const tool = chooseTool(context);
  if (tool === null) return { ...thinking, text };
  const call = { name: String(tool.name), input: madeUpInput(random, tool.input_schema) };
  return { ...thinking, toolCalls: [call] };
}

function asksForThinking(body: JsonObject): boolean {
  const type = isJsonObject(body.thinking) ? body.thinking.type : undefined;
  return type === "enabled" || type === "adaptive";
}

function chooseTool(context: ComposeContext): JsonObject | null {
  const { body, random, scenario } = context;
  const tools = Array.isArray(body.tools) ? body.tools.filter(isJsonObject) : [];
  const callable = tools.filter((tool) => isJsonObject(tool.input_schema));
  const choice = isJsonObject(body.tool_choice) ? body.tool_choice : {};
  if (choice.type === "none") return null;
  if (choice.type === "tool") return callable.find((tool) => tool.name === choice.name) ?? null;
  const free =
    random.next() < scenario.toolCallProbability && toolRounds(body) < scenario.toolRoundsMax;
  if (choice.type !== "any" && !free) return null;
  return callable[randomInteger(random, 0, Math.max(0, callable.length - 1))] ?? null;
}

/** Answered tool calls since the last plain user message. */
function toolRounds(body: JsonObject): number {
  const messages = Array.isArray(body.messages) ? body.messages : [];
  let rounds = 0;
  for (let end = messages.length; end > 0; end -= 2) {
    if (lastToolResults({ messages: messages.slice(end - 1, end) }).length === 0) break;
    rounds += 1;
  }
  return rounds;
}

function plannedBlocks(spec: ReplySpec, context: ComposeContext): readonly JsonObject[] {
  const blocks: JsonObject[] = [];
  if (spec.thinking !== undefined)
    blocks.push(thinkingBlock(wordsOf(spec.thinking, context), context));
  if (spec.webSearch !== undefined) blocks.push(...searchBlocks(spec.webSearch, context));
  if (spec.text !== undefined) {
    blocks.push({ type: "text", text: wordsOf(spec.text, context), citations: null });
  }
  for (const call of spec.toolCalls ?? []) {
    blocks.push({
      type: "tool_use",
      id: call.id ?? `toolu_01${letters(context.random, 22)}`,
      name: call.name,
      input: call.input ?? {},
      caller: { type: "direct" },
    });
  }
  return blocks;
}

function wordsOf(wish: string | { readonly tokens: number }, context: ComposeContext): string {
  if (typeof wish === "string") return wish;
  const tokens = Math.min(wish.tokens, context.outputTokensMax + 1);
  return madeUpText(context.random, tokens, context.model.tokenizer);
}

function thinkingBlock(words: string, context: ComposeContext): JsonObject {
  return { type: "thinking", thinking: words, signature: letters(context.random, 64) };
}

function searchBlocks(
  search: NonNullable<ReplySpec["webSearch"]>,
  context: ComposeContext,
): readonly JsonObject[] {
  const id = `srvtoolu_01${letters(context.random, 22)}`;
  const caller = { type: "direct" };
  const results = search.results.map(({ title, url, text }) => ({
    type: "web_search_result",
    title,
    url,
    encrypted_content: Buffer.from(text ?? title).toString("base64"),
    page_age: null,
  }));
  return [
    { type: "server_tool_use", id, name: "web_search", input: { query: search.query }, caller },
    { type: "web_search_tool_result", tool_use_id: id, content: results, caller },
  ];
}

type Kept = {
  readonly blocks: readonly JsonObject[];
  readonly outputTokens: number;
  readonly thinkingTokens: number;
  readonly cut: "limit" | "stop-sequence" | null;
  readonly stopSequence: string | null;
};

/** Keeps blocks while they fit; a text that does not is cut, anything else is left out. */
function fitOutput(
  blocks: readonly JsonObject[],
  context: ComposeContext,
  wantedSequence: string | null,
): Kept {
  const kept: JsonObject[] = [];
  let outputTokens = 0;
  let thinkingTokens = 0;
  const done = (cut: Kept["cut"], stopSequence: string | null): Kept => ({
    blocks: kept,
    outputTokens,
    thinkingTokens,
    cut,
    stopSequence,
  });
  for (const block of blocks) {
    const stopped = stopAtSequence(block, context.body);
    const tokens = outputTokensOf(stopped.block, context);
    const left = context.outputTokensMax - outputTokens;
    if (tokens > left) {
      const piece = cutBlock(stopped.block, left, context);
      if (piece !== null) {
        kept.push(piece);
        outputTokens += outputTokensOf(piece, context);
        if (piece.type === "thinking") thinkingTokens += outputTokensOf(piece, context);
      }
      return done("limit", null);
    }
    kept.push(stopped.block);
    outputTokens += tokens;
    if (stopped.block.type === "thinking") thinkingTokens += tokens;
    if (stopped.sequence !== null) return done("stop-sequence", stopped.sequence);
  }
  return done(null, wantedSequence);
}

function stopAtSequence(
  block: JsonObject,
  body: JsonObject,
): { readonly block: JsonObject; readonly sequence: string | null } {
  if (block.type !== "text" || !Array.isArray(body.stop_sequences))
    return { block, sequence: null };
  const text = String(block.text);
  const found = body.stop_sequences
    .map((sequence) => ({ sequence: String(sequence), at: text.indexOf(String(sequence)) }))
    .filter(({ at }) => at >= 0)
    .sort((left, right) => left.at - right.at)[0];
  if (found === undefined) return { block, sequence: null };
  return { block: { ...block, text: text.slice(0, found.at) }, sequence: found.sequence };
}

/** Search results come from the provider, not from the model: they are no output. */
function outputTokensOf(block: JsonObject, context: ComposeContext): number {
  if (block.type === "web_search_tool_result") return 0;
  return countBlock(block, { tokenizer: context.model.tokenizer, highResolution: false });
}

function cutBlock(block: JsonObject, tokens: number, context: ComposeContext): JsonObject | null {
  if (tokens <= 0) return null;
  const cut = (text: unknown) => cutText(String(text), tokens, context.model.tokenizer);
  if (block.type === "text") return { ...block, text: cut(block.text) };
  return block.type === "thinking" ? { ...block, thinking: cut(block.thinking) } : null;
}

function counted(kept: Kept, spec: ReplySpec, context: ComposeContext): Reply {
  const searches = kept.blocks.filter((block) => block.type === "web_search_tool_result");
  const serverToolTokens = searches.reduce(
    (sum, block) => sum + countText(JSON.stringify(block.content), context.model.tokenizer),
    0,
  );
  return {
    content: hideThinking(kept.blocks, context.body),
    stopReason: spec.stopReason ?? stopReasonOf(kept, context),
    stopSequence: kept.stopSequence,
    stopDetails: null,
    outputTokens: kept.outputTokens,
    thinkingTokens: kept.thinkingTokens,
    serverToolTokens,
    webSearches: searches.length,
    refusedBeforeOutput: false,
  };
}

function stopReasonOf(kept: Kept, context: ComposeContext): string {
  if (kept.cut === "limit") {
    return context.boundByContext ? "model_context_window_exceeded" : "max_tokens";
  }
  if (kept.cut === "stop-sequence" || kept.stopSequence !== null) return "stop_sequence";
  return kept.blocks.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn";
}

/** `display: "omitted"` leaves the signature; the tokens are billed all the same. */
function hideThinking(blocks: readonly JsonObject[], body: JsonObject): readonly JsonObject[] {
  if (!isJsonObject(body.thinking) || body.thinking.display !== "omitted") return blocks;
  return blocks.map((block) => (block.type === "thinking" ? { ...block, thinking: "" } : block));
}

function emptyReply(stopReason: string): Reply {
  return {
    content: [],
    stopReason,
    stopSequence: null,
    stopDetails: null,
    outputTokens: 0,
    thinkingTokens: 0,
    serverToolTokens: 0,
    webSearches: 0,
    refusedBeforeOutput: false,
  };
}

/** A refusal before output still shows a token or so of output in its usage. */
const REFUSAL_OUTPUT_TOKENS = 5;

function refusal(spec: ReplySpec, content: readonly JsonObject[]): Reply {
  return {
    ...emptyReply("refusal"),
    content,
    outputTokens: REFUSAL_OUTPUT_TOKENS,
    refusedBeforeOutput: content.length === 0,
    stopDetails: {
      type: "refusal",
      category: spec.refusal?.category ?? null,
      explanation: spec.refusal?.explanation ?? null,
    },
  };
}

function countsOf(reply: Reply): Partial<Reply> {
  const { outputTokens, thinkingTokens, serverToolTokens, webSearches } = reply;
  return { outputTokens, thinkingTokens, serverToolTokens, webSearches };
}

const ID_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";

/** Letters as ids and signatures have them. */
export function letters(random: Random, length: number): string {
  let text = "";
  for (let index = 0; index < length; index += 1) {
    text += ID_LETTERS[randomInteger(random, 0, ID_LETTERS.length - 1)] ?? "A";
  }
  return text;
}
