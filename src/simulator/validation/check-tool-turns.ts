/** Every tool call is answered in the next message, and every answer has its call. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";

export function checkToolTurns(body: JsonObject): string | null {
  const messages = body.messages as readonly JsonValue[];
  for (const [index, message] of messages.entries()) {
    const called = idsOf(messages[index - 1], "tool_use", "id");
    const answered = idsOf(message, "tool_result", "tool_use_id");
    const unanswered = called.filter((id) => !answered.includes(id));
    if (unanswered.length > 0) return missingResults(index - 1, unanswered);
    const unknown = answered.find((id) => !called.includes(id));
    if (unknown !== undefined) return unexpectedResult(index, unknown);
  }
  const open = idsOf(messages.at(-1), "tool_use", "id");
  return open.length === 0 ? null : missingResults(messages.length - 1, open);
}

function idsOf(message: JsonValue | undefined, type: string, field: string): readonly string[] {
  if (!isJsonObject(message) || !Array.isArray(message.content)) return [];
  return message.content
    .filter((block: JsonValue) => isJsonObject(block) && block.type === type)
    .map((block: JsonValue) => String((block as JsonObject)[field]));
}

function missingResults(index: number, ids: readonly string[]): string {
  return (
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ` +
    `${ids.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`
  );
}

function unexpectedResult(index: number, id: string): string {
  return (
    `messages.${index}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. ` +
    "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
  );
}
