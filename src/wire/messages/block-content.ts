/** The canonical content of a block: its JSON without cache markers, which are not part of the key. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { ContentParts, PromptBlock } from "../../domain/prompt/index.ts";
import type { LongText } from "./long-texts.ts";
import type { RawBlock } from "./raw-block.ts";

const TEXT_HEAD = '{"type":"text","text":';
const TEXT_TAIL = "}";

export function promptBlockOf(raw: RawBlock, byteLength: (text: string) => number): PromptBlock {
  const { longText } = raw;
  if (longText?.isCanonical() === true) return new LongTextBlock(raw, longText);
  const content = longText === null ? canonicalContent(raw.value) : textContent(longText.text());
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

/** Its content is put together only when somebody asks, which few do. */
class LongTextBlock implements PromptBlock {
  readonly section: PromptBlock["section"];
  readonly type: string;
  readonly role: PromptBlock["role"];
  readonly messageIndex: number | null;
  readonly bytes: number;
  readonly cacheLifetime: PromptBlock["cacheLifetime"];
  readonly contentParts: ContentParts;
  readonly #text: LongText;

  constructor(raw: RawBlock, text: LongText) {
    this.section = raw.section;
    this.type = raw.type;
    this.role = raw.role;
    this.messageIndex = raw.messageIndex;
    this.bytes = TEXT_HEAD.length + text.literal.length + TEXT_TAIL.length;
    this.cacheLifetime = lifetimeOfBlock(raw.value);
    this.contentParts = { before: TEXT_HEAD, utf8: text.literal, behind: TEXT_TAIL };
    this.#text = text;
  }

  get content(): string {
    return `${TEXT_HEAD}${this.#text.json()}${TEXT_TAIL}`;
  }
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
  return `${TEXT_HEAD}${JSON.stringify(text)}${TEXT_TAIL}`;
}

/** A text block with nothing to it but its text and a marker. */
export function isPlainText(
  value: JsonObject,
): value is { readonly type: "text"; readonly text: string } {
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
