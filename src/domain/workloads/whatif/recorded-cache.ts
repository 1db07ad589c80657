/**
 * What recorded prompts would do to the cache, one at a time and in bounded memory: as they were marked,
 * or by a rule. Sizes are estimates, so each prompt is scaled to what was billed.
 */
import { assert } from "../../../base/index.ts";
import type { ModelFacts } from "../../catalogue/index.ts";
import {
  automaticMarkers,
  createPlanner,
  fixedMarkers,
  LiveCache,
  type MarkerRule,
  noMarkers,
  type PlannedMarker,
  type PriceRatios,
  type TokensByClass,
} from "../../prompt-cache/index.ts";
import type { RecordedCall, RecordedPrompt } from "./recorded-call.ts";
import type { CacheName } from "./steps.ts";

/** Prefixes of one model that are remembered. */
const PREFIXES_MAX = 131_072;

export type CacheQuestion = {
  readonly model: ModelFacts;
  /** What else keeps caches apart. */
  readonly scope: string;
  readonly ratios: PriceRatios;
  readonly promptTokens: number;
  readonly prompt: RecordedPrompt;
  readonly rule: CacheName;
};

/** The caches of one step: one a model, scope and rule. */
export class RecordedCaches {
  readonly #caches = new Map<
    string,
    { readonly cache: LiveCache; readonly rule: MarkerRule | null }
  >();

  /** `null` for a model that keeps no cache. */
  step(call: RecordedCall, question: CacheQuestion): TokensByClass | null {
    const { model, prompt, promptTokens } = question;
    if (model.minimumCacheableTokens === null) return null;
    const { cache, rule } = this.#cacheOf(question, model.minimumCacheableTokens);
    const places = cache.billedPlaces(prompt.blocks, Math.max(0, promptTokens - prompt.tailTokens));
    const markers = rule === null ? allowed(prompt.markers) : rule.plan(places.prompt, call.atMs);
    const split = cache.step(
      {
        prompt: places.prompt,
        tailTokens: places.tailTokens + prompt.tailTokens,
        startMs: call.atMs,
        responseBeginMs: call.responseBeginMs,
        cancelled: call.cancelled,
      },
      markers,
    );
    const key = places.prompt.at(-1)?.key;
    if (key !== undefined) {
      const { atMs: startMs, responseBeginMs } = call;
      const times = { startMs, responseBeginMs, endMs: responseBeginMs };
      rule?.observe?.({ key, ...times, ending: "unknown", tokens: split });
    }
    return toBilled(split, promptTokens);
  }

  #cacheOf({ model, scope, ratios, rule }: CacheQuestion, prefixTokensMin: number) {
    const key = `${model.id} ${scope} ${rule}`;
    let found = this.#caches.get(key);
    if (found === undefined) {
      found = {
        cache: new LiveCache({ prefixTokensMin, prefixesMax: PREFIXES_MAX }),
        rule: ruleOf(rule, prefixTokensMin, ratios),
      };
      this.#caches.set(key, found);
    }
    return found;
  }
}

/** `null` is as it was sent. */
function ruleOf(name: CacheName, prefixTokensMin: number, ratios: PriceRatios): MarkerRule | null {
  switch (name) {
    case "as-sent":
      return null;
    case "none":
      return noMarkers;
    case "5m":
    case "1h":
      return fixedMarkers(name);
    case "automatic":
      return automaticMarkers;
    case "purser":
      return createPlanner({ prefixTokensMin, ratios });
    default:
      return name satisfies never;
  }
}

/** Recorded requests passed the API, so their markers do; a cut prompt may leave two on one block. */
function allowed(markers: readonly PlannedMarker[]): readonly PlannedMarker[] {
  return markers.filter(
    (marker, at) => marker.block >= 0 && marker.block !== markers[at - 1]?.block,
  );
}

/** A prompt whose known part is longer than it was billed is cut back from what was read. */
function toBilled(split: TokensByClass, promptTokens: number): TokensByClass {
  let excess = split.read + split.write5m + split.write1h + split.input - promptTokens;
  if (excess <= 0) return split;
  const cut = (tokens: number): number => {
    const taken = Math.min(tokens, excess);
    excess -= taken;
    return tokens - taken;
  };
  const input = cut(split.input);
  const write5m = cut(split.write5m);
  const write1h = cut(split.write1h);
  const read = cut(split.read);
  assert(excess === 0, "a prompt is no longer than its parts");
  return { read, write5m, write1h, input };
}
