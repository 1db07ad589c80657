/** A prompt as the planner sees it: a key, a size and a kind for each block. */
import type { TokenizerFamily } from "../../../domain/catalogue/index.ts";
import { estimateBlockTokens, type PromptBlock } from "../../../domain/prompt/index.ts";
import type { PlaceKind, PromptPlace } from "../../../domain/prompt-cache/index.ts";
import type { RequestView } from "../../../wire/messages/index.ts";

export type PlacedRequest = {
  readonly request: RequestView;
  /** The prefix node of each block. */
  readonly nodes: readonly string[];
  /** Fingerprint of the caller's key: the nearest thing to a workspace that a call shows. */
  readonly credential: string | null;
  readonly tokenizer: TokenizerFamily;
};

/**
 * What else is in the provider's key of a prefix goes into ours: who calls, and from the messages on
 * the settings that invalidate them ("prompt caching: what invalidates what").
 */
export function promptPlaces({
  request,
  nodes,
  credential,
  tokenizer,
}: PlacedRequest): readonly PromptPlace[] {
  const { markable } = request.markerSurvey();
  const { thinking, effort, toolChoice, hasImages } = request.settings;
  const caller = credential ?? "";
  const talk = `${caller}|${thinking}|${effort}|${toolChoice}|${hasImages}|`;
  return request.blocks().map((block, index) => {
    const salt = block.section === "messages" ? talk : caller;
    return new Place(salt + nodes[index], block, markable[index] === true, tokenizer);
  });
}

/** Tokens are reckoned when they are asked for: a planner asks only for blocks it has not met. */
class Place implements PromptPlace {
  readonly key: string;
  readonly markable: boolean;
  readonly #block: PromptBlock;
  readonly #tokenizer: TokenizerFamily;

  constructor(key: string, block: PromptBlock, markable: boolean, tokenizer: TokenizerFamily) {
    this.key = key;
    this.markable = markable;
    this.#block = block;
    this.#tokenizer = tokenizer;
  }

  get tokens(): number {
    return estimateBlockTokens(this.#block, this.#tokenizer);
  }

  get kind(): PlaceKind {
    return placeKindOfBlock(this.#block);
  }
}

function placeKindOfBlock({ section, type, role }: PromptBlock): PlaceKind {
  if (section !== "messages") return section;
  if (type === "tool_use" || type === "tool_result") return type;
  if (type.endsWith("_tool_result")) return "server_tool_result";
  return role === "assistant" ? "assistant" : "user_text";
}

/** Stands for the blocks that all prompts have in common which could share a cache. */
export function prefixRoot(request: RequestView, nodes: readonly string[]): string | null {
  const blocks = request.blocks();
  let last = 0;
  while (blocks[last]?.section === "tools" && blocks[last + 1]?.section === "tools") last += 1;
  return nodes[last] ?? null;
}
