/** Why each block of one request was not read, though an earlier request had shown it. */
import { LOOKBACK_POSITIONS_MAX } from "../prediction/rules.ts";
import type { MissCause } from "./causes.ts";
import type { EntryState } from "./entry-record.ts";
import type { SeenRequest, SeenSettings } from "./seen-request.ts";

/** From `block` on nothing of the earlier request could be found, for this reason. */
export type Change = { readonly block: number; readonly cause: MissCause };

/** What is known of a request when its misses are explained; lists are by block. */
export type Explanation = {
  readonly request: SeenRequest;
  /** Ends of prefixes, in tokens. */
  readonly prefixTokens: readonly number[];
  /** Whether the block had been seen before. */
  readonly seenBefore: readonly boolean[];
  /** Whether the block was in the cache when it was last seen: written then, or read. */
  readonly writtenBefore: readonly boolean[];
  readonly entries: readonly EntryState[];
  /** In order of `block`. */
  readonly changes: readonly Change[];
};

export type BlockMiss = { readonly cause: MissCause; readonly expiredByMs: number | null };

/** Per block: why it was not read, for those that had been seen before. */
export function explainMisses(given: Explanation): readonly (BlockMiss | null)[] {
  const cover = coverOf(given);
  const whole = wholeCause(given);
  return given.seenBefore.map((seen, block) => {
    if (!seen) return null;
    if (whole !== null) return { cause: whole, expiredByMs: null };
    const change = given.changes.find((one) => one.block <= block);
    if (change !== undefined) return { cause: change.cause, expiredByMs: null };
    return byEntries(given, cover[block] ?? NO_COVER, block);
  });
}

/** What keeps the whole request from reading anything, before all else. */
function wholeCause({ request, prefixTokens, seenBefore }: Explanation): MissCause | null {
  const { markers, prefixTokensMin } = request;
  const lastSeen = seenBefore.lastIndexOf(true);
  if ((prefixTokens[lastSeen] ?? 0) < prefixTokensMin) return "too-short";
  if (markers.length === 0) return "never-marked";
  const longest = Math.max(...markers.map(({ position }) => prefixTokens[position] ?? 0));
  return longest < prefixTokensMin ? "too-short" : null;
}

/** Entries at or after a block: any of them, had it been read, would have covered it. */
type Cover = {
  /** The nearest readable entry. */
  readonly readableAt: number;
  readonly notYet: boolean;
  /** How long ago the one that died last died. */
  readonly expiredByMs: number | null;
};

const NO_COVER: Cover = { readableAt: -1, notYet: false, expiredByMs: null };

function coverOf({ entries }: Explanation): readonly Cover[] {
  const covers: Cover[] = new Array<Cover>(entries.length).fill(NO_COVER);
  let cover = NO_COVER;
  for (let block = entries.length - 1; block >= 0; block -= 1) {
    cover = covered(cover, entries[block], block);
    covers[block] = cover;
  }
  return covers;
}

function covered(cover: Cover, entry: EntryState | undefined, block: number): Cover {
  switch (entry?.kind) {
    case "readable":
      return { ...cover, readableAt: block };
    case "not-yet":
      return { ...cover, notYet: true };
    case "expired": {
      const byMs = Math.min(entry.byMs, cover.expiredByMs ?? Number.POSITIVE_INFINITY);
      return { ...cover, expiredByMs: byMs };
    }
    default:
      return cover;
  }
}

function byEntries(given: Explanation, cover: Cover, block: number): BlockMiss {
  const plain = (cause: MissCause): BlockMiss => ({ cause, expiredByMs: null });
  if (cover.readableAt !== -1) return plain(unreached(given.request, cover.readableAt));
  if (cover.notYet) return plain("stampede");
  if (cover.expiredByMs !== null) return { cause: "expired", expiredByMs: cover.expiredByMs };
  if (given.writtenBefore[block] !== true) return plain("never-marked");
  // It was written as a part of something longer: what changed further on took it along.
  return plain(given.changes[0]?.cause ?? "written-never-read");
}

/** Why a readable entry was not read. */
function unreached({ markers, blocks, settings }: SeenRequest, entry: number): MissCause {
  const positions = positionsOf(blocks);
  const behind = markers.filter(({ position }) => position >= entry);
  if (behind.length === 0) return "never-marked";
  const reached = behind.some(
    ({ position }) => (positions[position] ?? 0) - (positions[entry] ?? 0) < LOOKBACK_POSITIONS_MAX,
  );
  if (!reached) return "lookback-overrun";
  // Of a forced tool the name is not kept: that it was another is the likeliest that is left.
  return settings.toolChoice?.startsWith("tool") === true ? "tool-choice-changed" : "unexplained";
}

/** Positions as the lookback counts them: a run of tool_use or of tool_result blocks is one. */
function positionsOf(blocks: SeenRequest["blocks"]): readonly number[] {
  let position = 0;
  return blocks.map(({ kind }, index) => {
    const runs = kind === "tool_use" || kind === "tool_result";
    if (!(runs && blocks[index - 1]?.kind === kind)) position += 1;
    return position;
  });
}

/** What changed besides the blocks, each from the block on from which it counts. */
export function settingChanges(earlier: SeenRequest, later: SeenRequest): readonly Change[] {
  if (earlier.model !== later.model) return [{ block: 0, cause: "model-changed" }];
  const changes: Change[] = [];
  const firstOf = (sections: readonly string[]): number => {
    const found = later.blocks.findIndex(({ section }) => sections.includes(section));
    return found === -1 ? later.blocks.length : found;
  };
  if (earlier.speed !== later.speed) {
    changes.push({ block: firstOf(["system", "messages"]), cause: "speed-changed" });
  }
  const block = firstOf(["messages"]);
  const before = settingsKeys(earlier.settings);
  const after = settingsKeys(later.settings);
  if (before.toolChoice !== after.toolChoice) changes.push({ block, cause: "tool-choice-changed" });
  if (before.thinking !== after.thinking) changes.push({ block, cause: "thinking-changed" });
  if (before.effort !== after.effort) changes.push({ block, cause: "effort-changed" });
  if (before.hasImages !== after.hasImages) changes.push({ block, cause: "images-changed" });
  return changes;
}

/** An explicit default is the same as nothing. */
export function settingsKeys(settings: SeenSettings): SeenSettings {
  const { toolChoice, thinking, effort, hasImages } = settings;
  return {
    toolChoice: toolChoice === "auto" ? null : toolChoice,
    thinking: thinking === "disabled" ? null : thinking,
    effort: effort === "high" ? null : effort,
    hasImages,
  };
}
