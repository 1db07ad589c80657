/** The content blocks that a script or the model's mood asks for, before they meet any limit. */
import type { JsonObject } from "../../base/index.ts";
import type { ComposeContext } from "./compose-context.ts";
import { letters } from "./id-letters.ts";
import { madeUpText } from "./made-up-text.ts";
import type { ReplySpec } from "./reply-spec.ts";

export function plannedBlocks(spec: ReplySpec, context: ComposeContext): readonly JsonObject[] {
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
