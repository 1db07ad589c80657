/** A request's blocks as places in the prefix tree: keys of whole prefixes, kinds, sizes that sum. */
import { assert } from "../../../base/index.ts";
import type { BlockSection, StoredBlock } from "../../prompt/index.ts";
import type { PromptPlace } from "../planner/live-tree.ts";
import type { PlaceKind } from "./prefix-tree.ts";

/**
 * What belongs to a prefix's key besides its blocks, by the first section it touches ("what invalidates
 * what"): a change in one of them invalidates that section and all after it.
 */
export type PrefixSettings = {
  /** Model, workspace and whatever else separates caches altogether. */
  readonly scope: string;
  readonly speed: string | null;
  /** Which server tools are on, and whether citations are. */
  readonly serverTools: string;
  readonly toolChoice: string | null;
  readonly thinking: string | null;
  readonly effort: string | null;
  readonly hasImages: boolean;
};

export type PlaceableBlock = Pick<StoredBlock, "section" | "type" | "role" | "bytes"> & {
  readonly fingerprint: string;
};

export type PlacesQuestion = {
  readonly blocks: readonly PlaceableBlock[];
  /** Tokens of each block; see {@link spreadTokens}. */
  readonly tokens: readonly number[];
  readonly settings: PrefixSettings;
  /** A hash of a parent's key and what follows it. */
  readonly chain: (parent: string, next: string) => string;
};

const UNMARKABLE: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);
const SECTIONS: readonly BlockSection[] = ["tools", "system", "messages"];

/** The places of a prompt in order. Settings stand between the sections, without size or position. */
export function placesOfPrompt(question: PlacesQuestion): readonly PromptPlace[] {
  const { blocks, tokens, chain } = question;
  assert(blocks.length === tokens.length, "every block has its tokens");
  const places: PromptPlace[] = [];
  let key = "";
  let opened = 0;
  blocks.forEach((block, index) => {
    for (; opened <= SECTIONS.indexOf(block.section); opened += 1) {
      key = chain(key, settingsOf(SECTIONS[opened] ?? "tools", question.settings));
      places.push({ key, tokens: 0, kind: "settings", markable: false });
    }
    key = chain(key, block.fingerprint);
    places.push({
      key,
      tokens: tokens[index] ?? 0,
      kind: kindOf(block),
      markable: isMarkable(block),
    });
  });
  return places;
}

function settingsOf(section: BlockSection, settings: PrefixSettings): string {
  if (section === "tools") return JSON.stringify([settings.scope]);
  if (section === "system") return JSON.stringify([settings.speed, settings.serverTools]);
  const { toolChoice, thinking, effort, hasImages } = settings;
  return JSON.stringify([toolChoice, thinking, effort, hasImages]);
}

function kindOf(block: PlaceableBlock): PlaceKind {
  if (block.section !== "messages") return block.section;
  if (block.type === "tool_use" || block.type === "tool_result") return block.type;
  if (block.type.endsWith("_tool_result")) return "server_tool_result";
  return block.role === "assistant" ? "assistant" : "user_text";
}

function isMarkable(block: PlaceableBlock): boolean {
  return !UNMARKABLE.has(block.type);
}

/**
 * Spreads `total` whole tokens over blocks in proportion to `weights`, by largest remainder: what is
 * estimated for each block then sums to what was billed. All zero when there is nothing to go by.
 */
export function spreadTokens(weights: readonly number[], total: number): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (sum <= 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (weight / sum) * total);
  const spread = exact.map(Math.floor);
  let missing = total - spread.reduce((all, tokens) => all + tokens, 0);
  const order = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of order) {
    if (missing <= 0) break;
    spread[index] = (spread[index] ?? 0) + 1;
    missing -= 1;
  }
  return spread;
}
