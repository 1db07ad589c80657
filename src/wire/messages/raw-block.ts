/** A block of a request where it stands, before its content is written out. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { PromptBlock } from "../../domain/prompt/index.ts";
import { isPlainText } from "./block-content.ts";
import { type LongText, longTextOf } from "./long-texts.ts";

export type RawBlock = {
  readonly section: PromptBlock["section"];
  readonly role: PromptBlock["role"];
  readonly messageIndex: number | null;
  readonly type: string;
  /** A text stands for a text block. Where `longText` is set, a word stands for the text in it. */
  readonly value: string | JsonObject;
  /** The text of a plain text block, where it was not parsed. */
  readonly longText: LongText | null;
};

/** Thrown inside the reader only, and turned into an unreadable outcome there. */
export class UnreadableBody extends Error {
  readonly path: string;
  constructor(path: string, reason: string) {
    super(reason);
    this.path = path;
  }
}

/** A prompt of more blocks than this is not read. */
export const BLOCKS_MAX = 100_000;

const ROLES = ["user", "assistant", "system"] as const;

/** All blocks in the order in which the provider's cache sees them. */
export function collectRawBlocks(
  body: JsonObject,
  texts: readonly LongText[] = [],
): readonly RawBlock[] {
  const blocks: RawBlock[] = [];
  const system = { section: "system", role: null, messageIndex: null, texts } as const;
  addTools(body.tools, texts, blocks);
  addContent(body.system, system, "system", blocks);
  addMessages(body.messages, texts, blocks);
  if (blocks.length > BLOCKS_MAX) throw new UnreadableBody("", `has over ${BLOCKS_MAX} blocks`);
  return blocks;
}

function addTools(
  tools: JsonValue | undefined,
  texts: readonly LongText[],
  blocks: RawBlock[],
): void {
  if (tools === undefined || tools === null) return;
  if (!Array.isArray(tools)) throw new UnreadableBody("tools", "is not a list");
  for (let index = 0; index < tools.length; index += 1) {
    const tool: JsonValue | undefined = tools[index];
    if (!isJsonObject(tool)) throw new UnreadableBody(`tools[${index}]`, "is not an object");
    const place = { section: "tools", role: null, messageIndex: null, texts } as const;
    blocks.push(rawBlock(place, "tool", tool));
  }
}

function addMessages(
  messages: JsonValue | undefined,
  texts: readonly LongText[],
  blocks: RawBlock[],
): void {
  if (!Array.isArray(messages)) throw new UnreadableBody("messages", "is not a list");
  for (let index = 0; index < messages.length; index += 1) {
    const message: JsonValue | undefined = messages[index];
    const path = `messages[${index}]`;
    if (!isJsonObject(message)) throw new UnreadableBody(path, "is not an object");
    const role = ROLES.find((known) => known === message.role);
    if (role === undefined) throw new UnreadableBody(`${path}.role`, "is not a known role");
    if (message.content === undefined) throw new UnreadableBody(`${path}.content`, "is missing");
    const place = { section: "messages", role, messageIndex: index, texts } as const;
    addContent(message.content, place, `${path}.content`, blocks);
  }
}

type Place = Pick<RawBlock, "section" | "role" | "messageIndex"> & {
  readonly texts: readonly LongText[];
};

function addContent(
  content: JsonValue | undefined,
  place: Place,
  path: string,
  blocks: RawBlock[],
): void {
  if (content === undefined || content === null) return;
  if (typeof content === "string") {
    blocks.push(rawBlock(place, "text", content));
    return;
  }
  if (!Array.isArray(content)) throw new UnreadableBody(path, "is neither a text nor a list");
  for (let index = 0; index < content.length; index += 1) {
    const block: JsonValue | undefined = content[index];
    if (!isJsonObject(block) || typeof block.type !== "string") {
      throw new UnreadableBody(`${path}[${index}]`, "is not a block with a type");
    }
    blocks.push(rawBlock(place, block.type, block));
  }
}

function rawBlock(
  { section, role, messageIndex, texts }: Place,
  type: string,
  value: string | JsonObject,
): RawBlock {
  const word = typeof value === "string" ? value : value.text;
  const longText = typeof word === "string" ? longTextOf(word, texts) : null;
  if (longText === null || typeof value === "string" || isPlainText(value)) {
    return { section, role, messageIndex, type, value, longText };
  }
  const whole = { ...value, text: longText.text() };
  return { section, role, messageIndex, type, value: whole, longText: null };
}
