/** Which blocks of a request are those of an earlier one, though something before them changed. */
import type { BlockSection } from "../../prompt/index.ts";

/** A block as far as it can be told from others. Equal keys are equal content. */
export type KeyedBlock = { readonly section: BlockSection; readonly key: string };

export type Alignment = {
  /** Per block of the later request: the block of the earlier one that it is, or -1. */
  readonly links: Int32Array;
  /** The first place at which the later prompt leaves the earlier one; `null` when it goes on from it. */
  readonly divergence: Divergence | null;
};

export type Divergence = {
  readonly section: BlockSection;
  /** Position in the later prompt; the position after its last block when blocks were taken away. */
  readonly block: number;
  /** Position of what stood there in the earlier prompt, or -1. */
  readonly earlierBlock: number;
  readonly change: "changed" | "added" | "removed" | "reordered";
};

type Range = { readonly start: number; readonly end: number };

const SECTIONS: readonly BlockSection[] = ["tools", "system", "messages"];

export function alignBlocks(
  earlier: readonly KeyedBlock[],
  later: readonly KeyedBlock[],
): Alignment {
  const links = new Int32Array(later.length).fill(-1);
  let divergence: Divergence | null = null;
  for (const section of SECTIONS) {
    const from = rangeOf(earlier, section);
    const to = rangeOf(later, section);
    if (section === "tools") linkBySet(earlier, later, from, to, links);
    else linkInOrder(earlier, later, from, to, links);
    divergence ??= divergenceIn(section, earlier, later, from, to);
  }
  return { links, divergence };
}

/** Blocks of a prompt come by section, so each section is one stretch. */
function rangeOf(blocks: readonly KeyedBlock[], section: BlockSection): Range {
  const order = SECTIONS.indexOf(section);
  let start = 0;
  while (start < blocks.length && sectionOrder(blocks, start) < order) start += 1;
  let end = start;
  while (end < blocks.length && sectionOrder(blocks, end) === order) end += 1;
  return { start, end };
}

function sectionOrder(blocks: readonly KeyedBlock[], index: number): number {
  return SECTIONS.indexOf(blocks[index]?.section ?? "messages");
}

function linkBySet(
  earlier: readonly KeyedBlock[],
  later: readonly KeyedBlock[],
  from: Range,
  to: Range,
  links: Int32Array,
): void {
  const at = new Map<string, number>();
  for (let index = from.start; index < from.end; index += 1) {
    at.set(earlier[index]?.key ?? "", index);
  }
  for (let index = to.start; index < to.end; index += 1) {
    const key = later[index]?.key ?? "";
    links[index] = at.get(key) ?? -1;
    at.delete(key);
  }
}

/** Goes through both at once; where they differ, takes the nearest place where they meet again. */
function linkInOrder(
  earlier: readonly KeyedBlock[],
  later: readonly KeyedBlock[],
  from: Range,
  to: Range,
  links: Int32Array,
): void {
  const ahead = new Positions(earlier, from);
  let cursor = from.start;
  for (let index = to.start; index < to.end && cursor < from.end; index += 1) {
    const key = later[index]?.key ?? "";
    if (earlier[cursor]?.key === key) {
      links[index] = cursor;
      cursor += 1;
      continue;
    }
    const removed = ahead.next(key, cursor);
    const inserted = nextIn(later, earlier[cursor]?.key ?? "", index + 1, to.end);
    if (removed !== -1 && (inserted === -1 || removed - cursor <= inserted - index)) {
      links[index] = removed;
      cursor = removed + 1;
    } else if (inserted === -1) cursor += 1;
  }
}

/** Blocks looked ahead for the place where two histories meet again. */
const LOOKAHEAD_BLOCKS_MAX = 64;

function nextIn(blocks: readonly KeyedBlock[], key: string, from: number, end: number): number {
  const last = Math.min(end, from + LOOKAHEAD_BLOCKS_MAX);
  for (let index = from; index < last; index += 1) if (blocks[index]?.key === key) return index;
  return -1;
}

/** Where each key stands, in order. */
class Positions {
  readonly #at = new Map<string, number[]>();

  constructor(blocks: readonly KeyedBlock[], { start, end }: Range) {
    for (let index = start; index < end; index += 1) {
      const key = blocks[index]?.key ?? "";
      const list = this.#at.get(key);
      if (list === undefined) this.#at.set(key, [index]);
      else list.push(index);
    }
  }

  next(key: string, from: number): number {
    return this.#at.get(key)?.find((index) => index >= from) ?? -1;
  }
}

function divergenceIn(
  section: BlockSection,
  earlier: readonly KeyedBlock[],
  later: readonly KeyedBlock[],
  from: Range,
  to: Range,
): Divergence | null {
  const before = from.end - from.start;
  const after = to.end - to.start;
  let same = 0;
  while (
    same < Math.min(before, after) &&
    earlier[from.start + same]?.key === later[to.start + same]?.key
  ) {
    same += 1;
  }
  const ends = section === "messages" ? Math.min(before, after) : Math.max(before, after);
  if (same === ends) return null;
  const block = to.start + same;
  const earlierBlock = same < before ? from.start + same : -1;
  const change = changeAt(
    section,
    earlier.slice(from.start, from.end),
    later.slice(to.start, to.end),
    same,
  );
  return { section, block, earlierBlock, change };
}

function changeAt(
  section: BlockSection,
  earlier: readonly KeyedBlock[],
  later: readonly KeyedBlock[],
  at: number,
): Divergence["change"] {
  const gone = !later.some(({ key }) => key === earlier[at]?.key);
  const fresh = !earlier.some(({ key }) => key === later[at]?.key);
  if (at >= earlier.length) return "added";
  if (at >= later.length) return "removed";
  if (gone && fresh) return "changed";
  if (gone) return "removed";
  if (fresh) return "added";
  return section === "tools" && isSameSet(earlier, later) ? "reordered" : "changed";
}

function isSameSet(earlier: readonly KeyedBlock[], later: readonly KeyedBlock[]): boolean {
  const keys = new Set(earlier.map(({ key }) => key));
  return earlier.length === later.length && later.every(({ key }) => keys.has(key));
}
