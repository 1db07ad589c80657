/** What the prompts of a generated day read from the cache, write to it and pay fresh. */
import type { ModelFacts } from "../../catalogue/index.ts";
import {
  automaticMarkers,
  fixedMarkers,
  LiveCache,
  type MarkerRule,
  noMarkers,
  type TokensByClass,
} from "../../prompt-cache/index.ts";
import type { CacheRule, Workload } from "../design/design.ts";
import type { Conversation, Slot } from "../design/generate.ts";
import { callsOf, type DesignCall } from "../design/prompts-of.ts";

export type PredictedCall = {
  /** Index of the conversation in its slot. */
  readonly conversation: number;
  readonly call: DesignCall;
  readonly split: TokensByClass;
};

export type PredictedSlot = { readonly slot: Slot; readonly calls: readonly PredictedCall[] };

/** How long after its start a response begins; what a request writes is readable from then on. */
const RESPONSE_BEGINS_MS = 1_000;

const RULES: Readonly<Record<CacheRule, MarkerRule>> = {
  none: noMarkers,
  "5m": fixedMarkers("5m"),
  "1h": fixedMarkers("1h"),
  automatic: automaticMarkers,
};

export type PredictOptions = {
  /** Tokens of the model for each token of the design. */
  readonly ratio: number;
  /** `null` where the model is not sold with caching. */
  readonly prefixTokensMin: number | null;
  readonly rule: CacheRule;
};

export function predictOptionsFor(
  { minimumCacheableTokens }: ModelFacts,
  ratio: number,
  rule: CacheRule,
): PredictOptions {
  return { ratio, prefixTokensMin: minimumCacheableTokens, rule };
}

export function predictSlots(
  workload: Workload,
  slots: readonly Slot[],
  options: PredictOptions,
): readonly PredictedSlot[] {
  return slots.map((slot) => ({ slot, calls: predictSlot(workload, slot, options) }));
}

type Timed = { readonly call: DesignCall; readonly conversation: number };

function predictSlot(
  workload: Workload,
  slot: Slot,
  { ratio, prefixTokensMin, rule }: PredictOptions,
): readonly PredictedCall[] {
  const timed = (conversations: readonly Conversation[], isCounted: boolean): readonly Timed[] =>
    conversations.flatMap((conversation, at) =>
      callsOf(workload, conversation, ratio).map((call) => ({
        call,
        conversation: isCounted ? at : NOT_COUNTED,
      })),
    );
  const counted = timed(slot.conversations, true);
  if (rule === "none" || prefixTokensMin === null) {
    return counted.map(({ call, conversation }) => ({ call, conversation, split: fresh(call) }));
  }
  const all = [...timed(slot.before, false), ...counted];
  all.sort((left, right) => left.call.atMs - right.call.atMs);
  const cache = new LiveCache({ prefixTokensMin, prefixesMax: PREFIXES_MAX });
  return all.flatMap(({ call, conversation }) => {
    const split = cache.step(requestOf(call), RULES[rule].plan(call.prompt, call.atMs));
    return conversation === NOT_COUNTED ? [] : [{ call, conversation, split }];
  });
}

const NOT_COUNTED = -1;
/** More than are alive at once in a simulated day. */
const PREFIXES_MAX = 65_536;

function requestOf(call: DesignCall) {
  return {
    prompt: call.prompt,
    tailTokens: 0,
    startMs: call.atMs,
    responseBeginMs: call.atMs + RESPONSE_BEGINS_MS,
    cancelled: false,
  };
}

function fresh({ prompt }: DesignCall): TokensByClass {
  const input = prompt.reduce((sum, { tokens }) => sum + tokens, 0);
  return { read: 0, write5m: 0, write1h: 0, input };
}

/**
 * Calls of a batch run side by side, so a part of what a cache could serve is written again ("batch:
 * best effort"). `hits` of the tokens that would be read are.
 */
export function inBatch(split: TokensByClass, rule: CacheRule, hits: number): TokensByClass {
  const read = Math.round(split.read * hits);
  const missed = split.read - read;
  return rule === "1h"
    ? { ...split, read, write1h: split.write1h + missed }
    : { ...split, read, write5m: split.write5m + missed };
}
