/** Tool definitions to units, with the hidden tokens that tools bring along. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { SimulatedModel } from "../models/index.ts";
import { countText, type MediaTier } from "../tokens/index.ts";
import type { UnhashedUnit } from "./prompt-unit.ts";
import { markerOf, stableJson } from "./render-block.ts";

/** Hidden tokens of the provider's own tools ("tool use: overhead"), newer and older models. */
const BUILT_IN_TOOL_TOKENS: readonly (readonly [RegExp, number, number])[] = [
  [/^bash_\d/, 325, 244],
  [/^text_editor_\d/, 974, 745],
  [/^computer_/, 4_500, 4_500],
  [/^browser_/, 6_600, 6_600],
];

/** Web search and fetch write into the system prompt: toggling them leaves the tools cached. */
const WEB_TOOL = /^web_(search|fetch)_/;

export type RenderedTools = {
  readonly tools: readonly UnhashedUnit[];
  /** Units that stand at the head of the system section. */
  readonly webTools: readonly UnhashedUnit[];
};

export function renderTools(
  definitions: JsonValue | undefined,
  model: SimulatedModel,
  tier: MediaTier,
): RenderedTools {
  const present = Array.isArray(definitions) ? definitions.filter(isJsonObject) : [];
  const sent = present.filter((definition) => definition.defer_loading !== true);
  const units = sent.map((definition, index) =>
    renderTool(definition, tier, index === 0 ? model.toolPrompt.auto : 0),
  );
  return {
    tools: units.filter((unit) => unit.section === "tools"),
    webTools: units.filter((unit) => unit.section === "system"),
  };
}

function renderTool(definition: JsonObject, tier: MediaTier, hiddenTokens: number): UnhashedUnit {
  const type = typeof definition.type === "string" ? definition.type : "custom";
  const json = stableJson(definition);
  return {
    section: WEB_TOOL.test(type) ? "system" : "tools",
    kind: "tool",
    key: `tool\u0000${json}`,
    tokens: hiddenTokens + countText(json, tier.tokenizer) + builtInTokens(type, tier),
    marker: markerOf(definition),
    markable: true,
  };
}

function builtInTokens(type: string, tier: MediaTier): number {
  const found = BUILT_IN_TOOL_TOKENS.find(([pattern]) => pattern.test(type));
  if (found === undefined) return 0;
  return tier.tokenizer === "newer" ? found[1] : found[2];
}
