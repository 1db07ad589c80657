/** The canonical content of a block: its JSON without cache markers, which are not part of the key. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { PromptBlock } from "../../domain/prompt/index.ts";
import type { RawBlock } from "./raw-block.ts";

export function promptBlockOf(raw: RawBlock, byteLength: (text: string) => number): PromptBlock {
  const content = canonicalContent(raw.value);
  return {
    section: raw.section,
    type: raw.type,
    role: raw.role,
    messageIndex: raw.messageIndex,
    content,
    bytes: byteLength(content),
    cacheLifetime: lifetimeOfBlock(raw.value),
  };
}

/** A text and a text block of the same words come out the same. */
export function canonicalContent(value: string | JsonObject): string {
  if (typeof value === "string") return textContent(value);
  if (isPlainText(value)) return textContent(value.text);
  return JSON.stringify(withoutMarkers(value));
}

export function lifetimeOfBlock(value: string | JsonObject): "5m" | "1h" | null {
  if (typeof value === "string") return null;
  const own = lifetimeOf(value.cache_control);
  if (own !== null || !Array.isArray(value.content)) return own;
  for (const inner of value.content) {
    const lifetime = isJsonObject(inner) ? lifetimeOf(inner.cache_control) : null;
    if (lifetime !== null) return lifetime;
  }
  return null;
}

/** `cache_control` to a lifetime; without a `ttl` it is five minutes. */
export function lifetimeOf(control: JsonValue | undefined): "5m" | "1h" | null {
  if (!isJsonObject(control)) return null;
  return control.ttl === "1h" ? "1h" : "5m";
}

/** Counts UTF-8 bytes without encoding. An unpaired surrogate counts three, as the encoder has it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isPair(text, index, unit)) {
      bytes += 2;
      index += 1;
    } else bytes += 2;
  }
  return bytes;
}

function isPair(text: string, index: number, unit: number): boolean {
  if (unit < 0xd800 || unit > 0xdbff) return false;
  const next = text.charCodeAt(index + 1);
  return next >= 0xdc00 && next <= 0xdfff;
}

function textContent(text: string): string {
  return `{"type":"text","text":${JSON.stringify(text)}}`;
}

function isPlainText(value: JsonObject): value is { readonly type: "text"; readonly text: string } {
  if (value.type !== "text" || typeof value.text !== "string") return false;
  for (const key in value) {
    if (key !== "type" && key !== "text" && key !== "cache_control") return false;
  }
  return true;
}

function withoutMarkers(value: JsonObject): JsonObject {
  const inner = value.content;
  const markedInside =
    Array.isArray(inner) && inner.some((item) => isJsonObject(item) && "cache_control" in item);
  if (!("cache_control" in value) && !markedInside) return value;
  const { cache_control: _marker, ...rest } = value;
  if (!markedInside || !Array.isArray(inner)) return rest;
  return {
    ...rest,
    content: inner.map((item) => (isJsonObject(item) ? withoutMarkers(item) : item)),
  };
}
