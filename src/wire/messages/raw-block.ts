/** A block of a request where it stands, before its content is written out. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { PromptBlock } from "../../domain/prompt/index.ts";

export type RawBlock = {
  readonly section: PromptBlock["section"];
  readonly role: PromptBlock["role"];
  readonly messageIndex: number | null;
  readonly type: string;
  /** A text stands for a text block. */
  readonly value: string | JsonObject;
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
export function collectRawBlocks(body: JsonObject): readonly RawBlock[] {
  const blocks: RawBlock[] = [];
  addTools(body.tools, blocks);
  addContent(body.system, { section: "system", role: null, messageIndex: null }, "system", blocks);
  addMessages(body.messages, blocks);
  if (blocks.length > BLOCKS_MAX) throw new UnreadableBody("", `has over ${BLOCKS_MAX} blocks`);
  return blocks;
}

function addTools(tools: JsonValue | undefined, blocks: RawBlock[]): void {
  if (tools === undefined || tools === null) return;
  if (!Array.isArray(tools)) throw new UnreadableBody("tools", "is not a list");
  for (let index = 0; index < tools.length; index += 1) {
    const tool: JsonValue | undefined = tools[index];
    if (!isJsonObject(tool)) throw new UnreadableBody(`tools[${index}]`, "is not an object");
    const place = { section: "tools", role: null, messageIndex: null } as const;
    blocks.push({ ...place, type: "tool", value: tool });
  }
}

function addMessages(messages: JsonValue | undefined, blocks: RawBlock[]): void {
  if (!Array.isArray(messages)) throw new UnreadableBody("messages", "is not a list");
  for (let index = 0; index < messages.length; index += 1) {
    const message: JsonValue | undefined = messages[index];
    const path = `messages[${index}]`;
    if (!isJsonObject(message)) throw new UnreadableBody(path, "is not an object");
    const role = ROLES.find((known) => known === message.role);
    if (role === undefined) throw new UnreadableBody(`${path}.role`, "is not a known role");
    if (message.content === undefined) throw new UnreadableBody(`${path}.content`, "is missing");
    const place = { section: "messages", role, messageIndex: index } as const;
    addContent(message.content, place, `${path}.content`, blocks);
  }
}

type Place = Pick<RawBlock, "section" | "role" | "messageIndex">;

function addContent(
  content: JsonValue | undefined,
  place: Place,
  path: string,
  blocks: RawBlock[],
): void {
  if (content === undefined || content === null) return;
  if (typeof content === "string") {
    blocks.push({ ...place, type: "text", value: content });
    return;
  }
  if (!Array.isArray(content)) throw new UnreadableBody(path, "is neither a text nor a list");
  for (let index = 0; index < content.length; index += 1) {
    const block: JsonValue | undefined = content[index];
    if (!isJsonObject(block) || typeof block.type !== "string") {
      throw new UnreadableBody(`${path}[${index}]`, "is not a block with a type");
    }
    blocks.push({ ...place, type: block.type, value: block });
  }
}
