/** Tool definitions and the choice among them. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { RequestContext } from "./validate-request.ts";

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;

export function checkTools(body: JsonObject, context: RequestContext): string | null {
  const tools = Array.isArray(body.tools) ? body.tools : [];
  for (const [index, tool] of tools.entries()) {
    const found = checkTool(tool, `tools.${index}`);
    if (found !== null) return found;
  }
  const names = tools.map((tool) => (isJsonObject(tool) ? tool.name : undefined)).filter(Boolean);
  if (new Set(names).size < names.length) return "tools: Tool names must be unique.";
  return checkChoice(body.tool_choice, names, context);
}

function checkTool(tool: JsonValue, path: string): string | null {
  if (!isJsonObject(tool)) return `${path}: Input should be a valid dictionary`;
  if (tool.type !== undefined && tool.type !== null && tool.type !== "custom") return null;
  if (tool.name === undefined) return `${path}.custom.name: Field required`;
  if (typeof tool.name !== "string" || !TOOL_NAME.test(tool.name)) {
    return `${path}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
  }
  if (tool.input_schema === undefined) return `${path}.custom.input_schema: Field required`;
  return isJsonObject(tool.input_schema) && tool.input_schema.type === "object"
    ? null
    : `${path}.custom.input_schema.type: Input should be 'object'`;
}

function checkChoice(
  choice: JsonValue | undefined,
  names: readonly unknown[],
  context: RequestContext,
): string | null {
  if (!isJsonObject(choice)) return null;
  const { type } = choice;
  if (type !== "auto" && type !== "any" && type !== "tool" && type !== "none") {
    return "tool_choice: Input tag does not match any of the expected tags: 'auto', 'any', 'tool', 'none'";
  }
  if (names.length === 0) return "tool_choice may only be specified while providing tools.";
  if (type === "tool" && !names.includes(choice.name)) {
    return `Tool '${String(choice.name)}' not found in provided tools`;
  }
  const forced = type === "any" || type === "tool";
  return forced && context.model.toolPrompt.forced === null
    ? `tool_choice: ${context.model.id} does not support forced tool use`
    : null;
}
