/**
 * What is part of a prefix's key without being a block ("prompt caching: what invalidates what").
 * A seed enters the hash where its section begins, so a change leaves the earlier sections cached.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { PromptSection } from "./prompt-unit.ts";
import { contentBlocks } from "./render-messages.ts";

export type SectionSeeds = Readonly<Record<PromptSection, string>>;

export type SeedContext = {
  readonly workspace: string;
  readonly modelId: string;
  readonly speed: "standard" | "fast";
  readonly speedScope: "system-onwards" | "everything";
};

/** Parameters other than blocks that change what is rendered from the messages on. */
export function messageParameters(body: JsonObject): JsonObject {
  const output = isJsonObject(body.output_config) ? body.output_config : {};
  return {
    toolChoice: normalChoice(body.tool_choice),
    thinking: normalThinking(body.thinking),
    effort: output.effort ?? null,
    format: output.format ?? body.output_format ?? null,
    taskBudget: output.task_budget ?? null,
    contextManagement: body.context_management ?? null,
    compaction: body.compaction ?? null,
  };
}

export function sectionSeeds(body: JsonObject, context: SeedContext): SectionSeeds {
  const everywhere = context.speedScope === "everything" ? context.speed : "";
  const blocks = messageBlocks(body);
  return {
    tools: JSON.stringify([context.workspace, context.modelId, everywhere]),
    system: JSON.stringify([context.speed, blocks.some(citesDocuments)]),
    messages: JSON.stringify([messageParameters(body), blocks.some(holdsImage)]),
  };
}

function messageBlocks(body: JsonObject): readonly JsonObject[] {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isJsonObject) : [];
  return messages.flatMap((message) => contentBlocks(message.content));
}

function citesDocuments(block: JsonObject): boolean {
  return (
    block.type === "document" && isJsonObject(block.citations) && block.citations.enabled === true
  );
}

function holdsImage(block: JsonObject): boolean {
  if (block.type === "image") return true;
  return block.type === "tool_result" && contentBlocks(block.content).some(holdsImage);
}

/** An explicit default equals an omitted one. */
function normalChoice(choice: JsonValue | undefined): JsonValue {
  if (!isJsonObject(choice)) return null;
  const parallel = choice.disable_parallel_tool_use === true;
  if (choice.type === "auto" && !parallel) return null;
  return [choice.type ?? "auto", choice.name ?? null, parallel];
}

function normalThinking(thinking: JsonValue | undefined): JsonValue {
  if (!isJsonObject(thinking) || thinking.type === "disabled") return null;
  return [thinking.type ?? null, thinking.budget_tokens ?? null];
}
