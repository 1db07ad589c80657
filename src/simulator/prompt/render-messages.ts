/** System and messages to units. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { MediaTier } from "../tokens/index.ts";
import type { UnhashedUnit } from "./prompt-unit.ts";
import { renderBlock } from "./render-block.ts";

/** Tokens that frame a turn. */
const TURN_FRAME_TOKENS = 3;

export function renderSystem(
  system: JsonValue | undefined,
  tier: MediaTier,
): readonly UnhashedUnit[] {
  return contentBlocks(system).map((block) =>
    renderBlock(block, { section: "system", role: "system" }, tier),
  );
}

export type MessageRules = { readonly stripsThinking: boolean };

export function renderMessages(
  messages: readonly JsonObject[],
  tier: MediaTier,
  rules: MessageRules,
): readonly UnhashedUnit[] {
  const thinkingKeptFrom = rules.stripsThinking ? lastPlainUserTurn(messages) : 0;
  const units: UnhashedUnit[] = [];
  let previousRole = "";
  messages.forEach((message, index) => {
    const role = String(message.role ?? "");
    const blocks = contentBlocks(message.content).filter(
      (block) => index >= thinkingKeptFrom || !isThinking(block),
    );
    blocks.forEach((block, place) => {
      const unit = renderBlock(block, { section: "messages", role }, tier);
      const opensTurn = place === 0 && role !== previousRole;
      units.push(opensTurn ? { ...unit, tokens: unit.tokens + TURN_FRAME_TOKENS } : unit);
    });
    if (blocks.length > 0) previousRole = role;
  });
  return units;
}

/** A string is one text block; anything that is not a block is left out (validation refused it). */
export function contentBlocks(content: JsonValue | undefined): readonly JsonObject[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return Array.isArray(content) ? content.filter(isJsonObject) : [];
}

function isThinking(block: JsonObject): boolean {
  return block.type === "thinking" || block.type === "redacted_thinking";
}

/** Index of the last user message that is not the answer to a tool call. */
function lastPlainUserTurn(messages: readonly JsonObject[]): number {
  const index = messages.findLastIndex(
    (message) =>
      message.role === "user" &&
      !contentBlocks(message.content).some((block) => block.type === "tool_result"),
  );
  return Math.max(0, index);
}
