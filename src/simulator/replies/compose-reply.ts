/** From a script's or a scenario's wish to the content blocks, the stop reason and the counts. */
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import { countText } from "../tokens/index.ts";
import type { ComposeContext } from "./compose-context.ts";
import { fitOutput, type Kept } from "./fit-output.ts";
import { plannedBlocks } from "./planned-blocks.ts";
import type { Reply } from "./reply.ts";
import type { ReplySpec } from "./reply-spec.ts";
import { spontaneous } from "./spontaneous.ts";

export function composeReply(context: ComposeContext): Reply {
  const spec = context.spec ?? spontaneous(context);
  if (context.outputTokensMax === 0) return emptyReply("max_tokens");
  if (spec.refusal !== undefined && spec.text === undefined) return refusal(spec, []);
  const blocks = spec.content ?? plannedBlocks(spec, context);
  const kept = fitOutput(blocks, context, spec.stopSequence ?? null);
  const reply = counted(kept, spec, context);
  return spec.refusal === undefined ? reply : { ...refusal(spec, kept.blocks), ...countsOf(reply) };
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
