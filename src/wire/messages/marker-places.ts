/** Where cache markers may stand in a request, and which ones the client has put there itself. */
import { isJsonObject, type JsonObject } from "../../base/index.ts";
import type { RawBlock } from "./raw-block.ts";

export type MarkerSurvey = {
  /** For each block of the prompt: whether a marker may be put on it. */
  readonly markable: readonly boolean[];
  /** Blocks with a marker of the client's own. */
  readonly own: number;
  /** Whether one stands inside a block, such as in a list inside a tool result. */
  readonly hasInner: boolean;
};

/** Block types that are documented to take a marker ("prompt caching: cacheable blocks"). */
const MARKABLE_TYPES = new Set(["image", "document", "tool_use", "tool_result"]);

export function surveyMarkers(blocks: readonly RawBlock[]): MarkerSurvey {
  const markable = new Array<boolean>(blocks.length);
  let own = 0;
  let hasInner = false;
  let thinkingFollows = false;
  for (let index = blocks.length - 1; index >= 0; index -= 1) {
    const block = blocks[index];
    if (block === undefined) continue;
    if (block.type === "thinking" || block.type === "redacted_thinking") thinkingFollows = true;
    markable[index] = isMarkable(block, thinkingFollows);
    if (typeof block.value === "string") continue;
    if (isSet(block.value)) own += 1;
    hasInner ||= hasInnerMarker(block.value);
  }
  return { markable, own, hasInner };
}

/**
 * To mark a bare text it must become a list of one block. What stands before a thinking block is
 * checked by the provider against what was signed, so there its form is left as it is.
 */
function isMarkable(block: RawBlock, thinkingFollows: boolean): boolean {
  const { value, section, role, type, longText } = block;
  if (role === "system") return false;
  if (typeof value === "string") {
    return !thinkingFollows && (longText?.hasWords() ?? hasWords(value));
  }
  if ("clear_at" in value) return false;
  if (section === "tools") return value.defer_loading !== true;
  if (type !== "text") return MARKABLE_TYPES.has(type);
  if (longText !== null) return longText.hasWords();
  return typeof value.text === "string" && hasWords(value.text);
}

function hasWords(text: string): boolean {
  return text.trim() !== "";
}

function isSet(value: JsonObject): boolean {
  return value.cache_control !== undefined && value.cache_control !== null;
}

function hasInnerMarker(value: JsonObject): boolean {
  const source = isJsonObject(value.source) ? value.source.content : undefined;
  const lists = [value.content, source];
  return lists.some(
    (list) => Array.isArray(list) && list.some((item) => isJsonObject(item) && isSet(item)),
  );
}
