/** Roles, contents and the blocks that a version does not take. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { RequestContext } from "./validate-request.ts";

const BLOCK_TYPES: ReadonlySet<string> = new Set([
  "text",
  "image",
  "document",
  "search_result",
  "thinking",
  "redacted_thinking",
  "tool_use",
  "tool_result",
  "server_tool_use",
  "web_search_tool_result",
  "web_fetch_tool_result",
  "code_execution_tool_result",
  "bash_code_execution_tool_result",
  "text_editor_code_execution_tool_result",
  "tool_search_tool_result",
  "container_upload",
  "mcp_tool_use",
  "mcp_tool_result",
  "compaction",
  "tool_addition",
  "tool_removal",
  "fallback",
]);

export function checkMessages(body: JsonObject, context: RequestContext): string | null {
  const messages = body.messages as readonly JsonValue[];
  if (messages.length === 0) return "messages: at least one message is required";
  for (const [index, message] of messages.entries()) {
    const isLast = index === messages.length - 1;
    const found = isJsonObject(message)
      ? checkMessage(message, `messages.${index}`, isLast, context)
      : `messages.${index}: Input should be a valid dictionary`;
    if (found !== null) return found;
  }
  return checkEnd(messages.at(-1) as JsonObject, context) ?? checkSystem(body.system);
}

function checkMessage(
  message: JsonObject,
  path: string,
  isLast: boolean,
  context: RequestContext,
): string | null {
  const { role, content } = message;
  if (role === undefined) return `${path}.role: Field required`;
  if (role === "system" && !context.model.systemMessages) {
    return 'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.';
  }
  if (role !== "user" && role !== "assistant" && role !== "system") {
    return `${path}.role: Input should be 'user' or 'assistant'`;
  }
  if (content === undefined) return `${path}.content: Field required`;
  if (typeof content !== "string" && !Array.isArray(content)) {
    return `${path}.content: Input should be a valid array`;
  }
  if (content.length === 0) {
    return isLast && role === "assistant"
      ? null
      : `${path}: all messages must have non-empty content except for the optional final assistant message`;
  }
  return typeof content === "string" ? null : checkBlocks(content, role, path, context);
}

function checkBlocks(
  blocks: readonly JsonValue[],
  role: string,
  path: string,
  context: RequestContext,
): string | null {
  for (const [index, block] of blocks.entries()) {
    const at = `${path}.content.${index}`;
    if (!isJsonObject(block)) return `${at}: Input should be a valid dictionary`;
    const found = checkBlock(block, role, at, context);
    if (found !== null) return found;
  }
  return null;
}

function checkBlock(
  block: JsonObject,
  role: string,
  at: string,
  context: RequestContext,
): string | null {
  const { type } = block;
  if (type === undefined) return `${at}.type: Field required`;
  if (typeof type !== "string" || !BLOCK_TYPES.has(type)) {
    return `${at}: Input tag '${String(type)}' found using 'type' does not match any of the expected tags`;
  }
  if (type === "text" && typeof block.text !== "string") return `${at}.text.text: Field required`;
  if (type === "tool_use" && role !== "assistant") {
    return `${at}: \`tool_use\` blocks can only be in \`assistant\` messages`;
  }
  if (type === "tool_result" && role !== "user") {
    return `${at}: \`tool_result\` blocks can only be in \`user\` messages`;
  }
  return context.version === "2026-10-21" ? checkNewVersion(block, role, at) : null;
}

/** "API version 2026-10-21": two shapes that the older version still takes. */
function checkNewVersion(block: JsonObject, role: string, at: string): string | null {
  if (block.type === "document" && role === "assistant") {
    return `${at}: \`document\` blocks are not permitted in \`assistant\` messages`;
  }
  const cites = Array.isArray(block.citations) && block.citations.length > 0;
  return block.type === "text" && role === "user" && cites
    ? `${at}.text.citations: citations are not permitted in \`user\` messages`
    : null;
}

function checkEnd(last: JsonObject, context: RequestContext): string | null {
  if (last.role !== "assistant" || context.counting) return null;
  if (!context.model.prefill) {
    return "This model does not support assistant message prefill. The conversation must end with a user message.";
  }
  const text = typeof last.content === "string" ? last.content : lastText(last.content);
  return /\s$/.test(text)
    ? "messages: final assistant content cannot end with trailing whitespace"
    : null;
}

function lastText(content: JsonValue | undefined): string {
  const last = Array.isArray(content) ? content.at(-1) : undefined;
  return isJsonObject(last) && last.type === "text" ? String(last.text) : "";
}

function checkSystem(system: JsonValue | undefined): string | null {
  if (system === undefined || typeof system === "string") return null;
  if (!Array.isArray(system)) return "system: Input should be a valid array";
  const wrong = system.findIndex((block) => !isJsonObject(block) || block.type !== "text");
  return wrong === -1 ? null : `system.${wrong}.type: Input should be 'text'`;
}
