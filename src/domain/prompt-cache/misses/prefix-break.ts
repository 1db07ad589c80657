/** Where a prompt left the one before it, and what changed there. Found in memory, kept without text. */
import type { BlockSection, PromptBlock } from "../../prompt/index.ts";
import { alignBlocks, type Divergence } from "./align.ts";
import { classifyTextChange, type TextChange, type TextChangeKind } from "./text-change.ts";

export const BREAK_CHANGES = [
  "timestamp",
  "date",
  "uuid",
  "counter",
  "nonce",
  "text",
  "edited",
  "added",
  "removed",
  "reordered",
] as const;
/** A kind of change of text; or a tool or block that was edited, added, removed or moved. */
export type BreakChange = TextChangeKind | "edited" | "added" | "removed" | "reordered";

export type PrefixBreak = {
  /** The exchange that it was compared with. */
  readonly against: string;
  readonly section: BlockSection;
  readonly change: BreakChange;
  /** Position of the block in this prompt, from 0. */
  readonly block: number;
  /** Which message, from 0; `null` outside messages. */
  readonly message: number | null;
  /** UTF-8 bytes into the block's text; `null` where no two texts stand against each other. */
  readonly offset: number | null;
  /** UTF-8 bytes that differ in this prompt; `null` likewise. */
  readonly length: number | null;
};

/** A block to compare: its content, if it was kept, and a key that equal contents share. */
export type ComparableBlock = Pick<PromptBlock, "section" | "messageIndex"> & {
  readonly key: string;
  readonly content: string | null;
};

/**
 * The first change between two prompts of one lineage; `null` when the later goes on from the earlier,
 * or is another conversation that shares all that came before its messages.
 */
export function findPrefixBreak(
  against: string,
  earlier: readonly ComparableBlock[],
  later: readonly ComparableBlock[],
): PrefixBreak | null {
  const { links, divergence } = alignBlocks(earlier, later);
  if (divergence === null) return null;
  if (divergence.section === "messages" && !sharesMessages(later, links)) return null;
  const before = earlier[divergence.earlierBlock]?.content ?? null;
  const after = later[divergence.block]?.content ?? null;
  const replaced = divergence.change === "changed" && before !== null && after !== null;
  const text = replaced ? classifyTextChange(textIn(before), textIn(after)) : null;
  return {
    against,
    section: divergence.section,
    change: changeOf(divergence, text),
    block: divergence.block,
    message: later[divergence.block]?.messageIndex ?? null,
    offset: text?.offset ?? null,
    length: text?.length ?? null,
  };
}

/** A conversation that shares none of its messages with another is another conversation. */
export function sharesMessages(
  later: readonly { readonly section: BlockSection }[],
  links: Int32Array,
): boolean {
  return later.some(({ section }, index) => section === "messages" && (links[index] ?? -1) !== -1);
}

function changeOf(divergence: Divergence, text: TextChange | null): BreakChange {
  if (divergence.change !== "changed") return divergence.change;
  if (divergence.section === "tools") return "edited";
  return text?.kind ?? "text";
}

const TEXT_BLOCK_HEAD = '{"type":"text","text":';

/** The text of a text block, whose content is JSON; the JSON itself of any other block. */
function textIn(content: string): string {
  if (!content.startsWith(TEXT_BLOCK_HEAD)) return content;
  try {
    const block: unknown = JSON.parse(content);
    const text = typeof block === "object" && block !== null && "text" in block ? block.text : null;
    return typeof text === "string" ? text : content;
  } catch {
    return content;
  }
}
