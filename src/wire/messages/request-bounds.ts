/** Finds what makes a request's cost open-ended: work that the provider does on its own account. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import { type RawBlock, UnreadableBody } from "./raw-block.ts";

/** Tools that the client runs, or that are plain definitions: one sampling, a known prompt. */
const CLIENT_TOOL_TYPE = /^(?:custom|bash_|text_editor_|computer_|memory_)/;

/**
 * Blocks within blocks. The provider knows two levels; a stack that is used up cannot be told
 * reliably from a fault, since the engine does not always say so by a RangeError.
 */
const NESTING_MAX = 100;

export type BlockSurvey = { readonly hasImages: boolean; readonly unbounded: readonly string[] };

/** One pass over the blocks, without writing out any content. */
export function surveyRequest(body: JsonObject, blocks: readonly RawBlock[]): BlockSurvey {
  const unbounded = new Set<string>();
  let hasImages = false;
  for (const { section, type, value } of blocks) {
    if (typeof value === "string") continue;
    if (section === "tools") {
      if (isServerTool(value)) unbounded.add(`tool:${String(value.type).slice(0, 60)}`);
      continue;
    }
    if (type === "text") continue;
    if (surveyBlock(value, unbounded)) hasImages = true;
  }
  surveyBody(body, unbounded);
  return { hasImages, unbounded: [...unbounded] };
}

/** Returns whether the block is, or holds, an image. Errors: `UnreadableBody`. */
function surveyBlock(value: JsonObject, unbounded: Set<string>, depth = 0): boolean {
  if (depth > NESTING_MAX) throw new UnreadableBody("", "is nested too deeply to be read");
  const source = isJsonObject(value.source) ? value.source : null;
  if (source !== null && (source.type === "url" || source.type === "file")) {
    unbounded.add(`content:${source.type}`);
  }
  if (value.type === "container_upload") unbounded.add("content:container_upload");
  let hasImage = value.type === "image";
  const inner = innerBlocks(value, source);
  for (const item of inner) {
    if (isJsonObject(item) && item.type !== "text") {
      if (surveyBlock(item, unbounded, depth + 1)) hasImage = true;
    }
  }
  return hasImage;
}

/** Blocks inside a tool result, or inside a document made of blocks. */
function innerBlocks(value: JsonObject, source: JsonObject | null): readonly JsonValue[] {
  const inner = source?.type === "content" ? source.content : value.content;
  return Array.isArray(inner) ? inner : [];
}

function surveyBody(body: JsonObject, unbounded: Set<string>): void {
  if (isSet(body.mcp_servers)) unbounded.add("mcp_servers");
  if (isSet(body.container)) unbounded.add("container");
  if (isSet(body.fallbacks)) unbounded.add("fallbacks");
  if (isSet(body.compaction)) unbounded.add("compaction");
  const management = isJsonObject(body.context_management) ? body.context_management : null;
  const edits = Array.isArray(management?.edits) ? management.edits : [];
  for (const edit of edits) {
    if (isJsonObject(edit) && String(edit.type).startsWith("compact")) unbounded.add("compaction");
  }
}

function isServerTool(tool: JsonObject): boolean {
  return typeof tool.type === "string" && !CLIENT_TOOL_TYPE.test(tool.type);
}

function isSet(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return false;
  return !Array.isArray(value) || value.length > 0;
}
