/** Blocks of the ledger as the cache engine sees them: kind of place, estimated size, markable or not. */
import type { TokenizerFamily } from "../../../domain/catalogue/index.ts";
import { estimatePromptTokens, type StoredBlock } from "../../../domain/prompt/index.ts";
import type { PlaceKind } from "../../../domain/prompt-cache/index.ts";
import type { RequestSettings } from "../../../stores/contracts/index.ts";
import type { BilledBlock } from "../billed-paths.ts";

/** An image costs no more than its tier allows; its bytes say little. Prices: "images". */
const IMAGE_TOKENS_MAX = 1_600;
/** `{"type":"text","text":""}`: an empty text carries no marker. */
const EMPTY_TEXT_BYTES = 26;
/** The provider's own tool-use prompt, before the first tool. */
const TOOL_PROMPT_TOKENS = 500;
/** Types that the API refuses a marker on. */
const UNMARKABLE: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

/** `settings` stands between system and messages: it changes what the messages' entries are found by. */
export function billedBlocks(
  path: readonly StoredBlock[],
  settings: RequestSettings,
  tokenizer: TokenizerFamily,
): readonly BilledBlock[] {
  const blocks: BilledBlock[] = [];
  let inMessages = false;
  for (const [index, block] of path.entries()) {
    if (!inMessages && block.section === "messages") {
      inMessages = true;
      blocks.push(settingsBlock(settings));
    }
    blocks.push(billedBlock(block, index === 0, tokenizer));
  }
  return blocks;
}

function settingsBlock(settings: RequestSettings): BilledBlock {
  const { thinking, effort, toolChoice, hasImages } = settings;
  const key = JSON.stringify([
    thinking,
    effort,
    toolChoice === "auto" ? null : toolChoice,
    hasImages,
  ]);
  return { key: `settings ${key}`, weight: 0, kind: "settings", markable: false };
}

function billedBlock(block: StoredBlock, first: boolean, tokenizer: TokenizerFamily): BilledBlock {
  const kind = placeOf(block);
  const empty = block.type === "text" && block.bytes <= EMPTY_TEXT_BYTES;
  return {
    key: `${block.section} ${block.role ?? ""} ${block.fingerprint}`,
    weight: weightOf(block, tokenizer) + (first && kind === "tools" ? TOOL_PROMPT_TOKENS : 0),
    kind,
    markable: !UNMARKABLE.has(block.type) && !empty,
  };
}

function weightOf({ type, bytes }: StoredBlock, tokenizer: TokenizerFamily): number {
  const block = { type, section: "messages", content: "", bytes } as const;
  const tokens = Math.max(1, estimatePromptTokens([block], tokenizer).likely);
  return type === "image" ? Math.min(tokens, IMAGE_TOKENS_MAX) : tokens;
}

export function placeOf({ section, type, role }: StoredBlock): PlaceKind {
  if (section === "tools") return "tools";
  if (section === "system") return "system";
  if (type === "tool_result") return "tool_result";
  if (type === "tool_use" || type === "server_tool_use") return "tool_use";
  if (type.endsWith("_tool_result")) return "server_tool_result";
  return role === "assistant" ? "assistant" : "user_text";
}
