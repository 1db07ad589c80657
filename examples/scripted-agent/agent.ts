/** The agent under test: answers a question about stock with one tool, and gives up after some turns. */
import type Anthropic from "@anthropic-ai/sdk";

/** Turns after which the agent stops asking. */
export const TURNS_MAX = 5;

const TOOLS: Anthropic.Tool[] = [
  {
    name: "count_stock",
    description: "How many of an item are in the hold.",
    input_schema: {
      type: "object",
      properties: { item: { type: "string" } },
      required: ["item"],
    },
  },
];

export type Stock = Readonly<Record<string, number>>;

/** The agent's answer, or `null` when it found none within `TURNS_MAX` turns. */
export async function askAgent(
  client: Anthropic,
  stock: Stock,
  question: string,
): Promise<string | null> {
  const messages: Anthropic.MessageParam[] = [{ role: "user", content: question }];
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const message = await client.messages.create({
      model: "claude-haiku-5-5",
      max_tokens: 500,
      tools: TOOLS,
      messages,
    });
    if (message.stop_reason !== "tool_use") return textOf(message);
    messages.push({ role: "assistant", content: message.content });
    messages.push({
      role: "user",
      content: message.content.flatMap((block) => answer(block, stock)),
    });
  }
  return null;
}

function answer(block: Anthropic.ContentBlock, stock: Stock): Anthropic.ToolResultBlockParam[] {
  if (block.type !== "tool_use") return [];
  const { item } = block.input as { item: string };
  const count = stock[item];
  const result = { type: "tool_result" as const, tool_use_id: block.id };
  return count === undefined
    ? [{ ...result, content: `there is no ${item}`, is_error: true }]
    : [{ ...result, content: String(count) }];
}

function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
