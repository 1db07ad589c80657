import { isJsonObject, type JsonObject, randomInteger } from "../../base/index.ts";
import { lastToolResults } from "../matching/index.ts";
import type { ComposeContext } from "./compose-context.ts";
import { madeUpInput } from "./made-up-input.ts";
import type { ReplySpec } from "./reply-spec.ts";

/** What the model does of itself: a tool call where the scenario is in the mood, else text. */
export function spontaneous(context: ComposeContext): ReplySpec {
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
