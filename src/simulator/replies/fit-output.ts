/** Cuts a reply to the tokens it may have and to the stop sequences it may not cross. */
import type { JsonObject } from "../../base/index.ts";
import { countBlock } from "../prompt/index.ts";
import type { ComposeContext } from "./compose-context.ts";
import { cutText } from "./made-up-text.ts";

export type Kept = {
  readonly blocks: readonly JsonObject[];
  readonly outputTokens: number;
  readonly thinkingTokens: number;
  readonly cut: "limit" | "stop-sequence" | null;
  readonly stopSequence: string | null;
};

/** Keeps blocks while they fit; a text that does not is cut, anything else is left out. */
export function fitOutput(
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
