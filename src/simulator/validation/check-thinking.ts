/** Thinking: its type, its budget, and what it does not go with. */
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import type { RequestContext } from "./validate-request.ts";

const TYPES = ["enabled", "disabled", "adaptive", "between_tools"] as const;
const BUDGET_TOKENS_MIN = 1_024;

export function checkThinking(body: JsonObject, context: RequestContext): string | null {
  const { thinking } = body;
  if (!isJsonObject(thinking)) return null;
  if (!TYPES.some((type) => type === thinking.type)) {
    return `thinking: Input tag '${String(thinking.type)}' found using 'type' does not match any of the expected tags: 'enabled', 'disabled', 'adaptive', 'between_tools'`;
  }
  if (thinking.type === "disabled") return null;
  const budget = thinking.type === "enabled" ? checkBudget(body, thinking, context) : null;
  return budget ?? checkCompany(body);
}

function checkBudget(
  body: JsonObject,
  thinking: JsonObject,
  context: RequestContext,
): string | null {
  const budget = thinking.budget_tokens;
  if (budget === undefined) return "thinking.enabled.budget_tokens: Field required";
  if (typeof budget !== "number" || !Number.isSafeInteger(budget)) {
    return "thinking.enabled.budget_tokens: Input should be a valid integer";
  }
  if (budget < BUDGET_TOKENS_MIN) {
    return `thinking.enabled.budget_tokens: Input should be greater than or equal to ${BUDGET_TOKENS_MIN}`;
  }
  const interleaved = context.betas.some((beta) => beta.startsWith("interleaved-thinking"));
  const tooBig = typeof body.max_tokens === "number" && budget >= body.max_tokens;
  return tooBig && !interleaved && !context.counting
    ? "`max_tokens` must be greater than `thinking.budget_tokens`."
    : null;
}

function checkCompany(body: JsonObject): string | null {
  const choice = isJsonObject(body.tool_choice) ? body.tool_choice.type : undefined;
  if (choice === "any" || choice === "tool") {
    return "Thinking may not be enabled when tool_choice forces tool use.";
  }
  return typeof body.temperature === "number" && body.temperature !== 1
    ? "`temperature` may only be set to 1 when thinking is enabled."
    : null;
}
