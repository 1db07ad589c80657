/** The blocks of a request's body with the place of each, as the planner sees them. */
import { isJsonObject, type JsonObject, type JsonValue, PurserError } from "../../../base/index.ts";
import type { TokenizerFamily } from "../../../domain/catalogue/index.ts";
import { estimateBlockTokens, type PromptBlock } from "../../../domain/prompt/index.ts";
import { findVolatileText, type PlannableBlock } from "../../../domain/prompt-cache/index.ts";
import { readMessagesRequest } from "../../../wire/messages/index.ts";
import { pointerTo } from "../edit/json-edit.ts";

export type LocatedBlock = PlannableBlock & {
  /** Of the block, or of the bare text that stands for it. */
  readonly pointer: string;
  /** The text where it is one, as the body has it. */
  readonly text: string | null;
  /** Whether it is a bare text, which must become a list to carry a marker. */
  readonly isBare: boolean;
  /** Where its marker stands now: its own, or one inside its content. */
  readonly markerPointer: string | null;
};

export type LocatedRequest = {
  readonly body: JsonObject;
  readonly model: string;
  readonly blocks: readonly LocatedBlock[];
  readonly hasThinking: boolean;
  readonly automaticLifetime: "5m" | "1h" | null;
};

/** Types that the API refuses a marker on. */
const UNMARKABLE: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);
/** The provider's own tool-use prompt, put before the first tool. */
const TOOL_PROMPT_TOKENS = 500;

/** `model` stands in where the body names none. Errors: `CACHE_REQUEST_UNREADABLE`, `CACHE_MODEL_MISSING`. */
export function locateRequest(
  text: string,
  model: string | undefined,
  tokenizerOf: (model: string) => TokenizerFamily,
): LocatedRequest {
  const body = parsed(text);
  if (typeof body.model !== "string" && model === undefined) {
    const what = "the request names no model";
    throw new PurserError("CACHE_MODEL_MISSING", { what, where: "model" });
  }
  const id = model ?? String(body.model);
  return locateBlocks(body, { model: id, tokenizer: tokenizerOf(id) });
}

function parsed(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (isJsonObject(value)) return value;
  const what = "it is not a JSON object";
  throw new PurserError("CACHE_REQUEST_UNREADABLE", { what, where: "request" });
}

/** Errors: `CACHE_REQUEST_UNREADABLE`. */
export function locateBlocks(
  body: JsonObject,
  { model, tokenizer }: { readonly model: string; readonly tokenizer: TokenizerFamily },
): LocatedRequest {
  const reading = readMessagesRequest({ ...body, model });
  if (reading.kind === "unreadable") {
    throw new PurserError("CACHE_REQUEST_UNREADABLE", {
      what: `${reading.path} ${reading.reason}`.trim(),
      where: "request",
    });
  }
  const places = placesIn(body);
  const blocks = reading.blocks();
  const lastThinking = blocks.findLastIndex(({ type }) => UNMARKABLE.has(type));
  return {
    body,
    model,
    blocks: blocks.map((block, index) => ({
      ...locate(block, places[index], index < lastThinking),
      tokens: tokensOf(block, index, tokenizer),
    })),
    hasThinking: lastThinking !== -1,
    automaticLifetime: reading.automaticMarker,
  };
}

type Place = { readonly pointer: string; readonly value: JsonValue };

/** In the order in which the reader lists them. */
function placesIn(body: JsonObject): readonly Place[] {
  const places: Place[] = [];
  const addContent = (value: JsonValue | undefined, steps: readonly (string | number)[]): void => {
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) places.push({ pointer: pointerTo(steps), value });
    else {
      for (const [index, item] of (value as readonly JsonValue[]).entries()) {
        places.push({ pointer: pointerTo([...steps, index]), value: item });
      }
    }
  };
  addContent(body.tools, ["tools"]);
  addContent(body.system, ["system"]);
  const messages = Array.isArray(body.messages) ? (body.messages as readonly JsonValue[]) : [];
  for (const [index, message] of messages.entries()) {
    if (isJsonObject(message)) addContent(message.content, ["messages", index, "content"]);
  }
  return places;
}

/** Before a thinking block the provider checks the form of what was signed, so it is left as it is. */
function locate(
  block: PromptBlock,
  place: Place | undefined,
  beforeThinking: boolean,
): Omit<LocatedBlock, "tokens"> {
  const value = place?.value ?? null;
  const isBare = typeof value === "string";
  const text = isBare ? value : textOf(value);
  const isFixed = beforeThinking && isBare && block.section === "messages";
  return {
    section: block.section,
    role: block.role,
    type: block.type,
    markable: !UNMARKABLE.has(block.type) && block.role !== "system" && text !== "" && !isFixed,
    isVolatile: block.section !== "messages" && hasCertain(text ?? block.content),
    lifetimeSent: block.cacheLifetime,
    pointer: place?.pointer ?? "",
    text,
    isBare,
    markerPointer: markerPointer(value, place?.pointer ?? ""),
  };
}

function tokensOf(block: PromptBlock, index: number, tokenizer: TokenizerFamily): number {
  const own = estimateBlockTokens(block, tokenizer);
  return index === 0 && block.section === "tools" ? own + TOOL_PROMPT_TOKENS : own;
}

function hasCertain(text: string): boolean {
  return findVolatileText(text).some(({ certain }) => certain);
}

function textOf(value: JsonValue): string | null {
  return isJsonObject(value) && value.type === "text" && typeof value.text === "string"
    ? value.text
    : null;
}

function markerPointer(value: JsonValue, pointer: string): string | null {
  if (!isJsonObject(value)) return null;
  if (isJsonObject(value.cache_control)) return `${pointer}/cache_control`;
  const inner = Array.isArray(value.content) ? (value.content as readonly JsonValue[]) : [];
  const at = inner.findIndex((item) => isJsonObject(item) && isJsonObject(item.cache_control));
  return at === -1 ? null : `${pointer}/content/${at}/cache_control`;
}
