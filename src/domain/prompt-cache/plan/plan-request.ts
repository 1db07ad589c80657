/**
 * Where one request's markers should stand, from its shape alone: a prefix that all calls share, and a
 * conversation that goes on. What recorded traffic shows is planned by the planner instead.
 */
import { BREAKPOINTS_MAX, LOOKBACK_POSITIONS_MAX, type PriceRatios } from "../prediction/rules.ts";
import type { Lifetime } from "../workload/workload.ts";
import { type Arrivals, hitChance } from "./arrivals.ts";
import { cachedCost, writeRatio } from "./break-even.ts";

export type PlannableBlock = {
  readonly section: "tools" | "system" | "messages";
  readonly role: "user" | "assistant" | "system" | null;
  readonly type: string;
  readonly tokens: number;
  readonly markable: boolean;
  /** Whether it differs from call to call, so that nothing behind it is ever found again. */
  readonly isVolatile: boolean;
  /** The marker that it carries now. */
  readonly lifetimeSent: Lifetime | null;
};

export type RequestToShape = {
  /** Tools, system and messages, in this order. */
  readonly blocks: readonly PlannableBlock[];
  readonly ratios: PriceRatios;
  readonly prefixTokensMin: number;
  readonly callsPerMonth: number;
};

export type ShapeMarker = {
  readonly block: number;
  readonly lifetime: Lifetime;
  readonly tokens: number;
  readonly why: "shared-prefix" | "conversation" | "lookback";
};

export type NotCached = {
  readonly why: "too-short" | "one-shot" | "behind-volatile-text" | "too-rare";
  readonly tokens: number;
};

export type ShapePlan = {
  readonly markers: readonly ShapeMarker[];
  readonly notCached: readonly NotCached[];
};

/** Under which chances a call is priced. */
export type ShapeChances = {
  readonly arrivals: Arrivals;
  /** How many times as likely as assumed it is that a conversation does not go on. */
  readonly stopFactor: number;
};

/** Chances that a conversation goes on within each lifetime: what the planner starts from as well. */
const GOES_ON: Readonly<Record<"tool_result" | "person", Readonly<Record<Lifetime, number>>>> = {
  tool_result: { "5m": 0.93, "1h": 0.97 },
  person: { "5m": 0.5, "1h": 0.75 },
};

type Shape = RequestToShape & {
  /** Blocks before this one are shared by all calls; nothing from it on is. */
  readonly sharedEnd: number;
  /** Blocks before this one are found again by the next request of the conversation. */
  readonly stableEnd: number;
  /** Blocks before this one were in the conversation's last request. */
  readonly seenEnd: number;
  readonly goesOn: Readonly<Record<Lifetime, number>> | null;
};

/** The markers that the request carries now. */
export function markersSent(
  request: RequestToShape,
): readonly { readonly block: number; readonly lifetime: Lifetime }[] {
  return request.blocks.flatMap(({ lifetimeSent }, block) =>
    lifetimeSent === null ? [] : [{ block, lifetime: lifetimeSent }],
  );
}

export function planRequest(request: RequestToShape): ShapePlan {
  const shape = shapeOf(request);
  const notCached: NotCached[] = [];
  const shared = sharedMarker(shape, notCached);
  const conversation = conversationMarkers(shape, shared, notCached);
  const markers = [...(shared === null ? [] : [shared]), ...conversation];
  return { markers: markers.slice(0, BREAKPOINTS_MAX), notCached };
}

function shapeOf(request: RequestToShape): Shape {
  const { blocks } = request;
  const messages = indexOr(blocks, ({ section }) => section === "messages");
  const firstVolatile = indexOr(blocks, ({ isVolatile }) => isVolatile);
  const lastAnswer = blocks.findLastIndex(({ role }) => role === "assistant");
  const hasTools = blocks.some(({ section }) => section === "tools");
  const last = blocks.at(-1);
  const kind = last?.type === "tool_result" ? "tool_result" : "person";
  const firstTurnOfAgent = lastAnswer === -1 && hasTools;
  return {
    ...request,
    sharedEnd: Math.min(messages, firstVolatile),
    stableEnd: firstVolatile,
    seenEnd: lastAnswer === -1 ? messages : turnBefore(blocks, lastAnswer),
    goesOn:
      firstVolatile < messages || (lastAnswer === -1 && !hasTools)
        ? null
        : GOES_ON[firstTurnOfAgent ? "tool_result" : kind],
  };
}

/** Where the last answer begins: everything before it was sent with the request that it answers. */
function turnBefore(blocks: readonly PlannableBlock[], lastAnswer: number): number {
  let at = lastAnswer;
  while (at > 0 && blocks[at - 1]?.role === "assistant") at -= 1;
  return at;
}

function indexOr(
  blocks: readonly PlannableBlock[],
  is: (block: PlannableBlock) => boolean,
): number {
  const found = blocks.findIndex(is);
  return found === -1 ? blocks.length : found;
}

/** The end of what all calls share, for as long as the calls come often enough. */
function sharedMarker(shape: Shape, notCached: NotCached[]): ShapeMarker | null {
  const { blocks, ratios, sharedEnd, callsPerMonth } = shape;
  const block = lastMarkable(blocks, sharedEnd);
  const tokens = tokensTo(blocks, block + 1);
  if (block === -1) return null;
  if (tokens < shape.prefixTokensMin) {
    notCached.push({ why: "too-short", tokens });
    return null;
  }
  const lifetimes = (["5m", "1h"] as const).map((lifetime) => ({
    lifetime,
    cost: cachedCost(ratios, lifetime, hitChance(callsPerMonth, lifetime, "at random")),
  }));
  const best = lifetimes.reduce((left, right) => (right.cost < left.cost ? right : left));
  if (best.cost < 1) return { block, lifetime: best.lifetime, tokens, why: "shared-prefix" };
  if (shape.goesOn === null) notCached.push({ why: "too-rare", tokens });
  return null;
}

/** The end of the conversation, and where the lookback would otherwise not reach its last end. */
function conversationMarkers(
  shape: Shape,
  shared: ShapeMarker | null,
  notCached: NotCached[],
): readonly ShapeMarker[] {
  const { blocks, goesOn } = shape;
  const block = lastMarkable(blocks, goesOn === null ? blocks.length : shape.stableEnd);
  const tokens = tokensTo(blocks, block + 1);
  const beyond = tokens - (shared?.tokens ?? 0);
  if (block === -1 || blocks[block]?.section !== "messages") return [];
  if (goesOn === null) {
    const broken = blocks.some(({ isVolatile, section }) => isVolatile && section !== "messages");
    notCached.push({ why: broken ? "behind-volatile-text" : "one-shot", tokens: beyond });
    return [];
  }
  if (tokens < shape.prefixTokensMin) {
    if (shared === null && notCached.length === 0) notCached.push({ why: "too-short", tokens });
    return [];
  }
  const lifetime = conversationLifetime(shape, shared, block);
  if (lifetime === null) {
    notCached.push({ why: "one-shot", tokens: beyond });
    return [];
  }
  const seen = lastMarkable(blocks, shape.seenEnd);
  const far = seen >= 0 && positionsBetween(blocks, seen, block) >= LOOKBACK_POSITIONS_MAX;
  const end: ShapeMarker = { block, lifetime, tokens, why: "conversation" };
  if (!far || seen === shared?.block || blocks[seen]?.section !== "messages") return [end];
  return [{ block: seen, lifetime, tokens: tokensTo(blocks, seen + 1), why: "lookback" }, end];
}

/** The cheaper one that pays; an hour is not to stand behind five minutes. */
function conversationLifetime(
  shape: Shape,
  shared: ShapeMarker | null,
  end: number,
): Lifetime | null {
  let [best, lowest]: [Lifetime | null, number] = [null, 0];
  const start = (shared?.block ?? -1) + 1;
  for (const lifetime of ["5m", "1h"] as const) {
    if (lifetime === "1h" && shared?.lifetime === "5m") continue;
    let cost = 0;
    for (let at = start; at <= end; at += 1) {
      const again = againChance(shape, at, lifetime, 0);
      cost += (shape.blocks[at]?.tokens ?? 0) * (tokenCost(shape, at, lifetime, again) - 1);
    }
    if (cost < lowest) [best, lowest] = [lifetime, cost];
  }
  return best;
}

/**
 * One call's prompt under `markers`, in fresh input tokens. What all calls share is read as often as
 * calls come; what belongs to the conversation as often as it goes on.
 */
export function costOfShape(
  request: RequestToShape,
  markers: readonly { readonly block: number; readonly lifetime: Lifetime }[],
  { arrivals, stopFactor }: ShapeChances,
): number {
  const assumed = shapeOf(request);
  const shape = { ...assumed, goesOn: scaled(assumed.goesOn, stopFactor) };
  const { blocks, callsPerMonth } = shape;
  let cost = 0;
  let at = 0;
  for (const { block, lifetime } of markers) {
    if (tokensTo(blocks, block + 1) < shape.prefixTokensMin) continue;
    for (; at <= block; at += 1) {
      const again = againChance(shape, at, lifetime, hitChance(callsPerMonth, lifetime, arrivals));
      cost += (blocks[at]?.tokens ?? 0) * tokenCost(shape, at, lifetime, again);
    }
  }
  return cost + tokensTo(blocks, blocks.length) - tokensTo(blocks, at);
}

function scaled(goesOn: Shape["goesOn"], stopFactor: number): Shape["goesOn"] {
  if (goesOn === null) return null;
  const again = (chance: number): number => Math.max(0, 1 - (1 - chance) * stopFactor);
  return { "5m": again(goesOn["5m"]), "1h": again(goesOn["1h"]) };
}

/** `0` behind volatile text: it is written and never found again. */
function againChance(shape: Shape, block: number, lifetime: Lifetime, arrival: number): number {
  if (block < shape.sharedEnd) return Math.max(arrival, shape.goesOn?.[lifetime] ?? 0);
  return shape.goesOn?.[lifetime] ?? 0;
}

/**
 * What a token costs, with what it does to the next call counted here: all that this call leaves in the
 * cache is read by the next, or else written again; what is new has to be written first.
 */
function tokenCost(shape: Shape, block: number, lifetime: Lifetime, again: number): number {
  const next = cachedCost(shape.ratios, lifetime, again);
  return block < shape.seenEnd ? next : next + writeRatio(shape.ratios, lifetime) - 1;
}

function lastMarkable(blocks: readonly PlannableBlock[], end: number): number {
  for (let at = end - 1; at >= 0; at -= 1) if (blocks[at]?.markable === true) return at;
  return -1;
}

function tokensTo(blocks: readonly PlannableBlock[], end: number): number {
  let tokens = 0;
  for (let at = 0; at < end; at += 1) tokens += blocks[at]?.tokens ?? 0;
  return tokens;
}

/** Runs of tool_use and of tool_result count as one ("prompt caching: positions"). */
function positionsBetween(blocks: readonly PlannableBlock[], from: number, to: number): number {
  let positions = 0;
  for (let at = from + 1; at <= to; at += 1) {
    const type = blocks[at]?.type ?? "";
    const runs = type === "tool_use" || type === "tool_result";
    if (!runs || blocks[at - 1]?.type !== type) positions += 1;
  }
  return positions;
}
