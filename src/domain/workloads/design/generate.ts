/**
 * The conversations of a mean day of a workload, drawn from its distributions. A day with more of them
 * than are simulated is cut to a stretch of each part of the day, at its true spacing.
 */
import { assert, DAY_MS, HOUR_MS, type Random, seededRandom } from "../../../base/index.ts";
import { dividedBy, type Ratio, ratioOf } from "../exact-scale.ts";
import type { Workload } from "./design.ts";
import { deviationOf, draw, isConstant, meanOf } from "./distribution.ts";

/** Calls of one workload that are simulated; a larger day is scaled up from so many. */
export const CALLS_SIMULATED_MAX = 4_000;
/** Never fewer conversations than this, where the day has them. */
const CONVERSATIONS_MIN = 400;
/** Where nothing varies, one conversation is like the next, and a few show all there is. */
const EXACT_CALLS_MAX = 1_000;
const EXACT_CONVERSATIONS_MIN = 50;
/** Pieces of prompts that are held at once; very long conversations are simulated fewer. */
const SEGMENTS_MAX = 500_000;
const CONVERSATIONS_LEAST = 2;
export const TURNS_MAX = 1_000;

export type Turn = {
  readonly atMs: number;
  readonly message: number;
  readonly retrieval: number;
  readonly output: number;
  /** What this turn leaves in the history; its message and its answer when `null`. */
  readonly leaves: number | null;
  readonly webSearches: number;
  /** Whether the call is made once more. */
  readonly repeated: boolean;
};

export type Conversation = {
  readonly id: string;
  readonly tools: number;
  readonly system: number;
  readonly documents: number;
  readonly turns: readonly Turn[];
};

/** Part of a day, and its share of the day's conversations. */
export type Slot = {
  readonly share: Ratio;
  readonly conversations: readonly Conversation[];
  /** What came before: it fills the cache and is not counted. */
  readonly before: readonly Conversation[];
};

type Part = {
  readonly fromMs: number;
  readonly lengthMs: number;
  readonly share: number;
  readonly exactShare: Ratio;
};

/** A few conversations a day are drawn over several days, so that their spread can be seen. */
const DAYS_MAX = 50;

export function generateDay(workload: Workload, seed: number): readonly Slot[] {
  const perDay = conversationsPerDay(workload);
  const atMost = simulatedAtMost(workload);
  const parts = partsOfDay(workload.volume.byHour);
  if (perDay <= atMost) return [wholeDays(workload, parts, perDay, { seed, atMost })];
  return parts.map((part, index) => {
    const inPart = perDay * part.share;
    const count = Math.max(1, Math.round(Math.min(inPart, atMost * part.share)));
    const gapMs = part.lengthMs / inPart;
    const random = seededRandom(mixSeeds(seed, index));
    const startOf = (at: number): number =>
      part.fromMs + gapMs * (workload.volume.arrivals === "even" ? at : count * random.next());
    const starts = Array.from({ length: count }, (_, at) => startOf(at)).sort((a, b) => a - b);
    const first = starts[0] ?? part.fromMs;
    return {
      share: part.exactShare,
      conversations: starts.map((start, at) =>
        drawConversation(workload, { id: `${index}.${at}`, startMs: start, seed }),
      ),
      before: [
        drawConversation(workload, {
          id: `${index}.b`,
          startMs: first - Math.max(gapMs, LEAD_MS),
          seed,
        }),
      ],
    };
  });
}

function simulatedAtMost(workload: Workload): number {
  const turns = Math.max(1, meanOf(workload.turns));
  const [calls, least] = isExact(workload)
    ? [EXACT_CALLS_MAX, EXACT_CONVERSATIONS_MIN]
    : [CALLS_SIMULATED_MAX, CONVERSATIONS_MIN];
  // Every turn sends all before it again, so a conversation's segments grow with the square.
  const segments = turns ** 2 + deviationOf(workload.turns) ** 2;
  const most = Math.max(CONVERSATIONS_LEAST, Math.floor(SEGMENTS_MAX / segments));
  return Math.min(most, Math.max(least, Math.floor(calls / turns)));
}

/** What is written is readable once its response has begun. */
const LEAD_MS = 2_000;

export function conversationsPerDay({ volume, turns }: Workload): number {
  const perDay = meanOf(volume.perDay);
  return volume.of === "calls" ? perDay / Math.max(1, meanOf(turns)) : perDay;
}

/** All of one or more days, after the same days once before, so that the cache is as on any day. */
function wholeDays(
  workload: Workload,
  parts: readonly Part[],
  perDay: number,
  { seed, atMost }: { readonly seed: number; readonly atMost: number },
): Slot {
  const aDay = Math.max(1, Math.round(perDay));
  const days = isExact(workload) ? 1 : Math.min(DAYS_MAX, Math.max(1, Math.floor(atMost / aDay)));
  const count = aDay * days;
  const periodMs = (DAY_MS * count) / Math.max(perDay, 1e-6);
  const random = seededRandom(mixSeeds(seed, 0));
  const shareOf = (at: number): number =>
    workload.volume.arrivals === "even" ? (at + 0.5) / count : random.next();
  const starts = Array.from({ length: count }, (_, at) => shareOf(at) * days)
    .sort((a, b) => a - b)
    .map(
      (at) => ((Math.floor(at) * DAY_MS + momentAt(parts, at % 1)) * periodMs) / (DAY_MS * days),
    );
  const conversations = starts.map((startMs, at) =>
    drawConversation(workload, { id: String(at), startMs, seed }),
  );
  return {
    share: ratioOf(1),
    conversations,
    before: conversations.map((conversation) => shifted(conversation, periodMs)),
  };
}

/** Whether nothing is left to chance: then the estimate is one number. */
export function isExact(workload: Workload): boolean {
  const { volume, documents, retrieval } = workload;
  return (
    [
      workload.tools,
      workload.system,
      documents.tokens,
      retrieval.tokens,
      workload.message,
      workload.output,
      workload.turns,
      workload.historyPerTurn,
      workload.secondsBetweenTurns,
      workload.webSearchesPerCall,
      volume.perDay,
    ].every((distribution) => distribution === null || isConstant(distribution)) &&
    volume.arrivals === "even" &&
    (workload.retries === 0 || workload.retries === 1)
  );
}

function shifted(conversation: Conversation, byMs: number): Conversation {
  const turns = conversation.turns.map((turn) => ({ ...turn, atMs: turn.atMs - byMs }));
  return { ...conversation, id: `${conversation.id}.b`, turns };
}

/** Neighbouring hours of equal weight are one part. */
function partsOfDay(byHour: readonly number[]): readonly Part[] {
  const weights = byHour.length === 0 ? [1] : byHour;
  const lengthMs = byHour.length === 0 ? DAY_MS : HOUR_MS;
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const parts: { fromMs: number; lengthMs: number; weight: number; sum: number }[] = [];
  for (const [at, weight] of weights.entries()) {
    const last = parts.at(-1);
    if (last !== undefined && last.weight === weight) {
      last.lengthMs += lengthMs;
      last.sum += weight;
    } else parts.push({ fromMs: at * lengthMs, lengthMs, weight, sum: weight });
  }
  return parts
    .filter(({ weight }) => weight > 0)
    .map((part) => ({
      ...part,
      share: part.sum / all,
      exactShare: dividedBy(ratioOf(part.sum), ratioOf(all)),
    }));
}

/** When a share of the day's conversations has begun, in milliseconds of the day. */
function momentAt(parts: readonly Part[], share: number): number {
  let before = 0;
  for (const part of parts) {
    if (share <= before + part.share) {
      return part.fromMs + (part.lengthMs * (share - before)) / part.share;
    }
    before += part.share;
  }
  return DAY_MS;
}

function drawConversation(
  workload: Workload,
  { id, startMs, seed }: { readonly id: string; readonly startMs: number; readonly seed: number },
): Conversation {
  const random = seededRandom(mixSeeds(seed, hashOf(`${workload.name} ${id}`)));
  const count = Math.min(TURNS_MAX, Math.max(1, Math.round(draw(workload.turns, random))));
  const turns: Turn[] = [];
  let atMs = startMs;
  for (let turn = 0; turn < count; turn += 1) {
    turns.push(drawTurn(workload, atMs, random));
    atMs += 1_000 * draw(workload.secondsBetweenTurns, random);
  }
  return {
    id,
    tools: size(draw(workload.tools, random)),
    system: size(draw(workload.system, random)),
    documents: size(draw(workload.documents.tokens, random)),
    turns,
  };
}

function drawTurn(workload: Workload, atMs: number, random: Random): Turn {
  const { historyPerTurn, outputTokensMax, retries } = workload;
  const output = size(draw(workload.output, random));
  return {
    atMs,
    message: size(draw(workload.message, random)),
    retrieval: size(draw(workload.retrieval.tokens, random)),
    output: outputTokensMax === null ? output : Math.min(output, outputTokensMax),
    leaves: historyPerTurn === null ? null : size(draw(historyPerTurn, random)),
    webSearches: size(draw(workload.webSearchesPerCall, random)),
    repeated: retries > 0 && random.next() < retries,
  };
}

function size(value: number): number {
  return Math.max(0, Math.round(value));
}

/** Two whole numbers into one seed; neighbours come out far apart. */
export function mixSeeds(left: number, right: number): number {
  let mixed = Math.imul(left ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(right + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  assert(Number.isInteger(hash), "a hash is whole");
  return hash >>> 0;
}
