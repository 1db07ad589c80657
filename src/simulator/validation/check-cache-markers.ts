/** `cache_control`: at most four, longer lifetimes first, only where a marker may stand. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";

const BREAKPOINTS_MAX = 4;

type Place = { readonly block: JsonObject; readonly path: string };
type Marked = { readonly path: string; readonly ttl: string };

export function checkCacheMarkers(body: JsonObject): string | null {
  const places = blocksInOrder(body);
  const marked: Marked[] = [];
  for (const { block, path } of places) {
    const control = block.cache_control;
    if (control === undefined || control === null) continue;
    const found = checkMarker(control, block, path);
    if (found !== null) return found;
    marked.push({ path, ttl: ttlOf(control) });
  }
  return checkAutomatic(body, places, marked) ?? checkCount(marked) ?? checkOrder(marked);
}

function checkMarker(control: JsonValue, block: JsonObject, path: string): string | null {
  if (block.type === "thinking" || block.type === "redacted_thinking") {
    return `${path}.${block.type}.cache_control: Extra inputs are not permitted`;
  }
  if (block.type === "text" && block.text === "") {
    return `${path}.text: cache_control cannot be set for empty text blocks`;
  }
  return checkControl(control, `${path}.cache_control`);
}

function checkControl(control: JsonValue, path: string): string | null {
  if (!isJsonObject(control)) return `${path}: Input should be a valid dictionary`;
  if (control.type !== "ephemeral") {
    return `${path}: Input tag '${String(control.type)}' found using 'type' does not match any of the expected tags: 'ephemeral'`;
  }
  const { ttl } = control;
  return ttl === undefined || ttl === null || ttl === "5m" || ttl === "1h"
    ? null
    : `${path}.ephemeral.ttl: Input should be '5m' or '1h'`;
}

function ttlOf(control: JsonValue): string {
  return isJsonObject(control) && control.ttl === "1h" ? "1h" : "5m";
}

function checkCount(marked: readonly Marked[]): string | null {
  return marked.length > BREAKPOINTS_MAX
    ? `A maximum of ${BREAKPOINTS_MAX} blocks with cache_control may be provided. Found ${marked.length}.`
    : null;
}

function checkOrder(marked: readonly Marked[]): string | null {
  const firstShort = marked.findIndex(({ ttl }) => ttl === "5m");
  const late =
    firstShort === -1 ? undefined : marked.slice(firstShort).find(({ ttl }) => ttl === "1h");
  return late === undefined
    ? null
    : `${late.path}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: \`tools\`, \`system\`, \`messages\`.`;
}

/** "automatic caching": it takes a slot, and may not contradict a marker on the same block. */
function checkAutomatic(
  body: JsonObject,
  places: readonly Place[],
  marked: Marked[],
): string | null {
  const control = body.cache_control;
  if (control === undefined || control === null) return null;
  const found = checkControl(control, "cache_control");
  if (found !== null) return found;
  const target = places.findLast(({ block }) => isMarkable(block));
  if (target === undefined) return null;
  const standing = marked.find(({ path }) => path === target.path);
  if (standing !== undefined && standing.ttl !== ttlOf(control)) {
    return `cache_control: the last cacheable block already has a cache_control with ttl='${standing.ttl}'`;
  }
  if (standing !== undefined) return null;
  if (marked.length >= BREAKPOINTS_MAX) {
    return `A maximum of ${BREAKPOINTS_MAX} blocks with cache_control may be provided. Found ${marked.length + 1}.`;
  }
  marked.push({ path: target.path, ttl: ttlOf(control) });
  return null;
}

function isMarkable(block: JsonObject): boolean {
  if (block.type === "thinking" || block.type === "redacted_thinking") return false;
  return !(block.type === "text" && block.text === "");
}

function blocksInOrder(body: JsonObject): readonly Place[] {
  const messages = Array.isArray(body.messages) ? body.messages : [];
  return [
    ...places(body.tools, "tools"),
    ...places(body.system, "system"),
    ...messages.flatMap((message: JsonValue, index) =>
      isJsonObject(message) ? places(message.content, `messages.${index}.content`) : [],
    ),
  ];
}

function places(content: JsonValue | undefined, path: string): readonly Place[] {
  if (typeof content === "string" && content !== "") {
    return [{ block: { type: "text", text: content }, path }];
  }
  if (!Array.isArray(content)) return [];
  return content.flatMap((block: JsonValue, index: number) =>
    isJsonObject(block) ? [{ block, path: `${path}.${index}` }] : [],
  );
}
