/** Required fields, their JSON types, and fields nobody knows: a beta that is named may bring its own. */
import type { JsonObject, JsonValue } from "../../base/index.ts";
import type { RequestContext } from "./validate-request.ts";

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "max_tokens",
  "cache_control",
  "container",
  "diagnostics",
  "inference_geo",
  "metadata",
  "output_config",
  "service_tier",
  "speed",
  "stop_sequences",
  "stream",
  "system",
  "thinking",
  "tool_choice",
  "tools",
  "user_profile_id",
  "workspace_id",
  "temperature",
  "top_p",
  "top_k",
  "billing_policy",
  "compaction",
  "context_management",
  "fallback_credit_token",
  "fallbacks",
  "mcp_servers",
  "output_format",
  "thread",
  "betas",
  "cache_hint",
  "context_hint",
]);

type FieldType = "integer" | "boolean" | "string" | "array" | "object" | "number";
const FIELD_TYPES: Readonly<Record<string, FieldType>> = {
  max_tokens: "integer",
  messages: "array",
  stream: "boolean",
  temperature: "number",
  top_p: "number",
  top_k: "integer",
  stop_sequences: "array",
  tools: "array",
  metadata: "object",
  tool_choice: "object",
  thinking: "object",
  output_config: "object",
};
const TYPE_WORDS: Record<FieldType, string> = {
  integer: "Input should be a valid integer",
  boolean: "Input should be a valid boolean",
  string: "Input should be a valid string",
  array: "Input should be a valid array",
  object: "Input should be a valid dictionary",
  number: "Input should be a valid number",
};

export function checkShape(body: JsonObject, context: RequestContext): string | null {
  const required = context.counting ? ["messages"] : ["max_tokens", "messages"];
  const missing = required.find((field) => body[field] === undefined);
  if (missing !== undefined) return `${missing}: Field required`;
  for (const [field, value] of Object.entries(body)) {
    const mayBeBeta = context.betas.length > 0;
    if (!KNOWN_FIELDS.has(field) && !mayBeBeta) return `${field}: Extra inputs are not permitted`;
    const type = FIELD_TYPES[field];
    if (type === undefined || value === undefined || value === null) continue;
    if (!isOfType(value, type)) return `${field}: ${TYPE_WORDS[type]}`;
  }
  return null;
}

function isOfType(value: JsonValue, type: FieldType): boolean {
  switch (type) {
    case "integer":
      return Number.isSafeInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
