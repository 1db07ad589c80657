/** Whether a prompt shows a model that goes round in circles. Read from one request alone. */
import type { PromptBlock } from "../prompt/index.ts";

export type LoopSigns = {
  /** Turns in a row of tools alone, since the user last said something. */
  readonly toolTurns: number;
  /** How many of the last of these called the same tools with the same input. */
  readonly repeatedToolCalls: number;
};

const NO_SIGNS: LoopSigns = { toolTurns: 0, repeatedToolCalls: 0 };

export function loopSigns(blocks: readonly PromptBlock[]): LoopSigns {
  const turns = toolTurnsOf(blocks);
  const last = turns.at(-1);
  if (last === undefined) return NO_SIGNS;
  const broken = turns.findLastIndex((turn) => turn !== last);
  return { toolTurns: turns.length, repeatedToolCalls: turns.length - 1 - broken };
}

/** What each turn of the model called, since the user's last word; oldest first. */
function toolTurnsOf(blocks: readonly PromptBlock[]): readonly string[] {
  const turns: string[] = [];
  let calls: string[] = [];
  let message: number | null = null;
  const endTurn = (): void => {
    if (calls.length > 0) turns.push(calls.join("\n"));
    calls = [];
  };
  for (const block of blocks) {
    if (block.section !== "messages") continue;
    if (block.messageIndex !== message) endTurn();
    message = block.messageIndex;
    if (block.role === "user" && block.type !== "tool_result") {
      turns.length = 0;
      calls = [];
    } else if (block.role === "assistant" && block.type === "tool_use") {
      calls.push(callOf(block.content));
    }
  }
  endTurn();
  return turns;
}

/** Without its id, which is new each time. */
function callOf(content: string): string {
  try {
    const { name, input } = JSON.parse(content) as { name?: unknown; input?: unknown };
    return JSON.stringify([name, input]);
  } catch {
    return content;
  }
}
