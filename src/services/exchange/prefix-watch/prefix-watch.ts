/** Keeps the last prompts of each lineage in memory and compares each new one with its nearest. */
import type { ExchangeId } from "../../../base/index.ts";
import type { BlockFingerprint, PromptBlock, PromptPath } from "../../../domain/prompt/index.ts";
import {
  type ComparableBlock,
  findPrefixBreak,
  type PrefixBreak,
} from "../../../domain/prompt-cache/index.ts";
import type { Attributes } from "../../../stores/contracts/index.ts";

export type WatchedPrompt = {
  readonly exchange: ExchangeId;
  readonly attributes: Attributes;
  readonly path: PromptPath;
  readonly blocks: readonly PromptBlock[];
  /** One per block: equal contents have equal fingerprints. */
  readonly fingerprints: readonly BlockFingerprint[];
};

export type PrefixWatch = {
  /** Compares with the nearest prompt of the lineage, then takes the place of it. */
  readonly see: (prompt: WatchedPrompt) => PrefixBreak | null;
  readonly heldBytes: () => number;
};

export type PrefixWatchLimits = {
  readonly lineagesMax: number;
  /** Prompts kept of one lineage: a session may have several agents at once. */
  readonly promptsPerLineageMax: number;
  /** All texts together. The lineage longest unused goes first. */
  readonly bytesMax: number;
  /** A prompt larger than this is not kept. */
  readonly promptBytesMax: number;
  /** Of a block larger than this only the fingerprint is kept. */
  readonly blockBytesMax: number;
};

const MEBIBYTE = 1024 * 1024;

export const DEFAULT_PREFIX_WATCH_LIMITS: PrefixWatchLimits = {
  lineagesMax: 10_000,
  promptsPerLineageMax: 6,
  bytesMax: 128 * MEBIBYTE,
  promptBytesMax: 8 * MEBIBYTE,
  blockBytesMax: MEBIBYTE,
};

type HeldPrompt = {
  readonly exchange: ExchangeId;
  readonly node: string;
  readonly blocks: readonly HeldBlock[];
  readonly fingerprints: readonly BlockFingerprint[];
  readonly heldBytes: number;
};

/** A block as it came, or without its text where that is too large to keep. */
type HeldBlock = Pick<PromptBlock, "section" | "role" | "messageIndex"> & {
  readonly content: string | null;
};

type Lineage = { prompts: HeldPrompt[] };

export function createPrefixWatch(limits: Partial<PrefixWatchLimits> = {}): PrefixWatch {
  const watch = new Watch({ ...DEFAULT_PREFIX_WATCH_LIMITS, ...limits });
  return { see: (prompt) => watch.see(prompt), heldBytes: () => watch.heldBytes };
}

class Watch {
  readonly #limits: PrefixWatchLimits;
  /** In the order of last use. */
  readonly #lineages = new Map<string, Lineage>();
  heldBytes = 0;

  constructor(limits: PrefixWatchLimits) {
    this.#limits = limits;
  }

  see(prompt: WatchedPrompt): PrefixBreak | null {
    const name = lineageOf(prompt.attributes);
    const lineage = this.#lineages.get(name) ?? { prompts: [] };
    this.#lineages.delete(name);
    this.#lineages.set(name, lineage);
    const held = this.#hold(prompt);
    const predecessor = continuedBy(lineage.prompts, prompt.path);
    if (predecessor !== null) {
      this.#keep(lineage, held, predecessor);
      return null;
    }
    const nearest = nearestOf(lineage.prompts, held);
    this.#keep(lineage, held, nearest !== null && isSameTalk(nearest, held) ? nearest : null);
    if (nearest === null) return null;
    return findPrefixBreak(nearest.exchange, comparable(nearest), comparable(held));
  }

  /** Nothing is copied: most prompts go on from the one before, and are never compared. */
  #hold({ exchange, path, blocks, fingerprints }: WatchedPrompt): HeldPrompt {
    const { promptBytesMax, blockBytesMax } = this.#limits;
    const bytes = blocks.reduce((sum, block) => sum + block.bytes, 0);
    const isKept = (block: PromptBlock): boolean =>
      bytes <= promptBytesMax && block.bytes <= blockBytesMax;
    const node = path.node;
    if (blocks.every(isKept)) return { exchange, node, blocks, fingerprints, heldBytes: bytes };
    const heldBytes = blocks.reduce((sum, block) => sum + (isKept(block) ? block.bytes : 0), 0);
    const held = blocks.map((block) => (isKept(block) ? block : { ...block, content: null }));
    return { exchange, node, blocks: held, fingerprints, heldBytes };
  }

  /** The newest first; the prompt that `held` goes on from is needed no more. */
  #keep(lineage: Lineage, held: HeldPrompt, replaced: HeldPrompt | null): void {
    const prompts = lineage.prompts.filter((prompt) => prompt !== replaced);
    if (replaced !== null) this.heldBytes -= replaced.heldBytes;
    prompts.unshift(held);
    this.heldBytes += held.heldBytes;
    while (prompts.length > this.#limits.promptsPerLineageMax) {
      this.heldBytes -= prompts.pop()?.heldBytes ?? 0;
    }
    lineage.prompts = prompts;
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const { bytesMax, lineagesMax } = this.#limits;
    for (const [name, lineage] of this.#lineages) {
      if (this.heldBytes <= bytesMax && this.#lineages.size <= lineagesMax) return;
      for (const { heldBytes } of lineage.prompts) this.heldBytes -= heldBytes;
      this.#lineages.delete(name);
    }
  }
}

/** A session where the caller names one, else who calls from where. */
function lineageOf({ key, endpoint, session, user, client }: Attributes): string {
  return JSON.stringify([key, endpoint, session, session === null ? [user, client] : null]);
}

/** What `findPrefixBreak` compares. A role is part of what a block is. */
function comparable({ blocks, fingerprints }: HeldPrompt): readonly ComparableBlock[] {
  return blocks.map(({ section, role, messageIndex, content }, index) => ({
    section,
    messageIndex,
    content,
    key: `${role}|${fingerprints[index]}`,
  }));
}

/** The prompt whose end is where the new blocks of `path` begin, or that was sent again as it was. */
function continuedBy(prompts: readonly HeldPrompt[], path: PromptPath): HeldPrompt | null {
  return prompts.find(({ node }) => node === path.parent || node === path.node) ?? null;
}

/** Blocks looked at to tell how near two prompts are. */
const LIKENESS_BLOCKS_MAX = 200;

/** The prompt that shares the most, messages before all else; `null` when none shares anything. */
function nearestOf(prompts: readonly HeldPrompt[], later: HeldPrompt): HeldPrompt | null {
  let nearest: HeldPrompt | null = null;
  let best = 0;
  const known = new Set(later.fingerprints.slice(0, LIKENESS_BLOCKS_MAX));
  for (const prompt of prompts) {
    const likeness = likenessOf(prompt, later, known);
    if (likeness > best) {
      best = likeness;
      nearest = prompt;
    }
  }
  return nearest;
}

const MESSAGE_WEIGHT = 1_000;

function likenessOf(
  earlier: HeldPrompt,
  later: HeldPrompt,
  known: ReadonlySet<BlockFingerprint>,
): number {
  let likeness = beginsAlike(earlier, later) ? 0.5 : 0;
  const count = Math.min(earlier.blocks.length, LIKENESS_BLOCKS_MAX);
  for (let index = 0; index < count; index += 1) {
    const fingerprint = earlier.fingerprints[index];
    if (fingerprint === undefined || !known.has(fingerprint)) continue;
    likeness += earlier.blocks[index]?.section === "messages" ? MESSAGE_WEIGHT : 1;
  }
  return likeness;
}

/** A single system text with a time in it shares no block with the one before, but most of its words. */
function beginsAlike(earlier: HeldPrompt, later: HeldPrompt): boolean {
  const [first, second] = [earlier.blocks[0], later.blocks[0]];
  if (first?.content == null || second?.content == null) return false;
  if (first.section === "messages" || second.section === "messages") return false;
  return sharesWords(first.content, second.content);
}

const SHARED_CHARACTERS_MIN = 24;

/** Whether two texts begin or end alike for a good part. */
function sharesWords(first: string, second: string): boolean {
  const length = Math.min(first.length, second.length) >> 2;
  if (length < SHARED_CHARACTERS_MIN) return false;
  const begins = first.slice(0, length) === second.slice(0, length);
  return begins || first.slice(-length) === second.slice(-length);
}

function isSameTalk(earlier: HeldPrompt, later: HeldPrompt): boolean {
  const messages = new Set(messageFingerprints(later));
  return messageFingerprints(earlier).some((fingerprint) => messages.has(fingerprint));
}

function messageFingerprints({ blocks, fingerprints }: HeldPrompt): readonly BlockFingerprint[] {
  return fingerprints.filter((_, index) => blocks[index]?.section === "messages");
}
