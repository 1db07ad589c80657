/** What the prompts of a generated day read from the cache, write to it and pay fresh. */
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
  /** `null` where the model is not sold with caching. */
  readonly prefixTokensMin: number | null;
  readonly rule: CacheRule;
};

type Timed = { readonly call: DesignCall; readonly conversation: number };

/** A slot's calls in the tokens of one tokenizer; several predictions share them. */
export type TimedSlot = {
  readonly slot: Slot;
  readonly counted: readonly Timed[];
  /** All of them and those before, in order of time. */
  readonly ordered: readonly Timed[];
};

/** `ratio` is tokens of the model for each token of the design. */
export function timedSlot(workload: Workload, slot: Slot, ratio: number): TimedSlot {
  const timed = (conversations: readonly Conversation[], isCounted: boolean): readonly Timed[] =>
    conversations.flatMap((conversation, at) =>
      callsOf(workload, conversation, ratio).map((call) => ({
        call,
        conversation: isCounted ? at : NOT_COUNTED,
      })),
    );
  const counted = timed(slot.conversations, true);
  const ordered = [...timed(slot.before, false), ...counted];
  ordered.sort((left, right) => left.call.atMs - right.call.atMs);
  return { slot, counted, ordered };
}

export function predictSlot(
  { slot, counted, ordered }: TimedSlot,
  { prefixTokensMin, rule }: PredictOptions,
): PredictedSlot {
  if (rule === "none" || prefixTokensMin === null) {
    const calls = counted.map(({ call, conversation }) => ({
      call,
      conversation,
      split: fresh(call),
    }));
    return { slot, calls };
  }
  const cache = new LiveCache({ prefixTokensMin, prefixesMax: PREFIXES_MAX });
  const calls = ordered.flatMap(({ call, conversation }) => {
    const split = cache.step(requestOf(call), RULES[rule].plan(call.prompt, call.atMs));
    return conversation === NOT_COUNTED ? [] : [{ call, conversation, split }];
  });
  return { slot, calls };
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
