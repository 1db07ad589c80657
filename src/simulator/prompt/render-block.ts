/** One content block to one unit: its key, its tokens, its marker. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import { countDocument, countImage, countText, type MediaTier } from "../tokens/index.ts";
import type { CacheMarker, PromptSection, UnhashedUnit } from "./prompt-unit.ts";

/** Blocks that take no marker: thinking may be read from the cache, but not marked. */
const NOT_MARKABLE: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

export type BlockPlace = { readonly section: PromptSection; readonly role: string };

export function renderBlock(block: JsonObject, place: BlockPlace, tier: MediaTier): UnhashedUnit {
  const kind = typeof block.type === "string" ? block.type : "unknown";
  return {
    section: place.section,
    kind,
    key: `${place.role}\u0000${kind}\u0000${keyOf(block, kind)}`,
    tokens: countBlock(block, tier),
    marker: markerOf(block),
    markable: !NOT_MARKABLE.has(kind) && !(kind === "text" && block.text === ""),
  };
}

export function markerOf(block: JsonObject): CacheMarker | null {
  const control = block.cache_control;
  if (!isJsonObject(control)) return null;
  return { lifetime: control.ttl === "1h" ? "1h" : "5m", automatic: false };
}

/** Text is its own key; anything else is its JSON with the outer keys in one order. */
function keyOf(block: JsonObject, kind: string): string {
  if (kind === "text" && (block.citations ?? null) === null) return String(block.text ?? "");
  return stableJson(block);
}

/**
 * JSON without markers and outer nulls. The outer keys are sorted, because the order in which a client writes
 * `type` and `text` is not part of the prompt; what stands deeper (a tool's schema, its input) keeps
 * its order, because the model reads it in that order.
 */
export function stableJson(block: JsonObject): string {
  const keys = Object.keys(block).sort();
  return JSON.stringify(
    keys
      .filter((key) => key !== "cache_control" && block[key] !== null)
      .map((key) => [key, block[key]]),
    (key, value) => (key === "cache_control" ? undefined : value),
  );
}

export function countBlock(block: JsonObject, tier: MediaTier): number {
  switch (block.type) {
    case "text":
      return countText(String(block.text ?? ""), tier.tokenizer);
    case "image":
      return countImage(block.source, tier);
    case "document":
      return countDocument(block.source, tier);
    case "thinking":
      return countText(String(block.thinking ?? ""), tier.tokenizer);
    case "redacted_thinking":
      return Math.ceil(String(block.data ?? "").length / 8);
    case "tool_use":
    case "server_tool_use":
      return countToolUse(block, tier);
    case "tool_result":
      return TOOL_RESULT_FRAME_TOKENS + countContent(block.content, tier);
    default:
      return countText(stableJson(block), tier.tokenizer);
  }
}

const TOOL_USE_FRAME_TOKENS = 12;
const TOOL_RESULT_FRAME_TOKENS = 8;

function countToolUse(block: JsonObject, tier: MediaTier): number {
  const words = `${String(block.name ?? "")} ${JSON.stringify(block.input ?? {})}`;
  return TOOL_USE_FRAME_TOKENS + countText(words, tier.tokenizer);
}

function countContent(content: JsonValue | undefined, tier: MediaTier): number {
  if (typeof content === "string") return countText(content, tier.tokenizer);
  if (!Array.isArray(content)) return 0;
  return content.reduce(
    (sum: number, part: JsonValue) => sum + (isJsonObject(part) ? countBlock(part, tier) : 0),
    0,
  );
}
