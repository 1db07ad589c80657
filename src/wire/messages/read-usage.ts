/**
 * `usage` of the Messages API into our own words. Strict where money hangs on it: a negative, a
 * fraction or a text where a count belongs makes the whole object unreadable. What is unknown and
 * could cost money is listed by its path.
 */
import {
  isJsonObject,
  isTokenCount,
  type JsonObject,
  type JsonValue,
  type TokenCount,
  ZERO_TOKENS,
} from "../../base/index.ts";
import type { TokenUsage, Usage, UsageIteration } from "../../domain/billing/index.ts";
import { unknownCosts } from "./unknown-costs.ts";

export type UsageReading =
  | {
      readonly kind: "usage";
      readonly usage: Usage;
      /** Where the object contradicts itself, and which of its figures was believed. */
      readonly remarks: readonly string[];
    }
  | { readonly kind: "unreadable"; readonly reason: string; readonly path: string };

/** More iterations than this in one answer is taken as unreadable. */
export const ITERATIONS_MAX = 10_000;

/** The provider's usage has four levels; anything much deeper is not from it, and is not walked. */
export const USAGE_DEPTH_MAX = 16;

const ITERATION_KINDS = ["message", "compaction", "advisor_message", "fallback_message"] as const;

class Unreadable extends Error {
  readonly path: string;
  constructor(path: string, reason: string) {
    super(reason);
    this.path = path;
  }
}

export function readUsage(value: unknown): UsageReading {
  if (!isJsonObject(value)) {
    return { kind: "unreadable", reason: "usage is not an object", path: "usage" };
  }
  if (isDeeperThan(value, USAGE_DEPTH_MAX)) {
    return { kind: "unreadable", reason: "is nested too deeply", path: "usage" };
  }
  try {
    return { kind: "usage", usage: usageFrom(value), remarks: contradictions(value) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { kind: "unreadable", reason: error.message, path: error.path };
  }
}

/** Looks no deeper than it is told, so that no answer can exhaust the stack. */
function isDeeperThan(value: JsonValue | undefined, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.values<JsonValue | undefined>(value).some((inner) =>
    isDeeperThan(inner, levels - 1),
  );
}

function usageFrom(value: JsonObject): Usage {
  const unknown: string[] = [];
  const iterations = iterationsFrom(value.iterations, unknown);
  unknownCosts(value, "usage", unknown);
  const serverTools = objectAt(value, "server_tool_use", "usage");
  return {
    ...tokensFrom(value, "usage"),
    serviceTier: wordAt(value, "service_tier", "usage"),
    speed: wordAt(value, "speed", "usage"),
    inferenceGeo: wordAt(value, "inference_geo", "usage"),
    webSearchRequests: countAt(serverTools, "web_search_requests", "usage.server_tool_use"),
    webFetchRequests: countAt(serverTools, "web_fetch_requests", "usage.server_tool_use"),
    iterations,
    unknownFields: unknown,
  };
}

function tokensFrom(value: JsonObject, path: string): TokenUsage {
  const details = objectAt(value, "output_tokens_details", path);
  const thinking = details?.thinking_tokens ?? null;
  return {
    inputTokens: countAt(value, "input_tokens", path),
    ...writesFrom(value, path),
    cacheReadTokens: countAt(value, "cache_read_input_tokens", path),
    outputTokens: countAt(value, "output_tokens", path),
    thinkingTokens:
      thinking === null
        ? null
        : countAt(details, "thinking_tokens", `${path}.output_tokens_details`),
  };
}

/**
 * The split by lifetime. A total above the split counts as 5-minute writes (server tools write so),
 * as does a total without any split. A split above its total contradicts it: the split is believed,
 * being the dearer reading, and `contradictions` says so.
 */
function writesFrom(value: JsonObject, path: string) {
  const total = countAt(value, "cache_creation_input_tokens", path);
  const split = objectAt(value, "cache_creation", path);
  const written5m = countAt(split, "ephemeral_5m_input_tokens", `${path}.cache_creation`);
  const written1h = countAt(split, "ephemeral_1h_input_tokens", `${path}.cache_creation`);
  const surplus = Math.max(0, total - written5m - written1h);
  return {
    cacheWrite5mTokens: (written5m + surplus) as TokenCount,
    cacheWrite1hTokens: written1h,
  };
}

const SPLIT_ABOVE_TOTAL =
  "the cache writes by lifetime are more than cache_creation_input_tokens: the dearer, the writes by lifetime, are billed";

/** Streaming: "usage rules". Once per object, whatever of it disagrees. */
function contradictions(value: JsonObject): readonly string[] {
  const iterations = Array.isArray(value.iterations) ? value.iterations : [];
  return [value, ...iterations].some(splitIsAboveTotal) ? [SPLIT_ABOVE_TOTAL] : [];
}

function splitIsAboveTotal(value: JsonValue): boolean {
  if (!isJsonObject(value) || typeof value.cache_creation_input_tokens !== "number") return false;
  const { cacheWrite5mTokens, cacheWrite1hTokens } = writesFrom(value, "usage");
  return cacheWrite5mTokens + cacheWrite1hTokens > value.cache_creation_input_tokens;
}

function iterationsFrom(
  value: JsonValue | undefined,
  unknown: string[],
): readonly UsageIteration[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw new Unreadable("usage.iterations", "is not a list");
  if (value.length > ITERATIONS_MAX) throw new Unreadable("usage.iterations", "is too long");
  return value.map((item: JsonValue, index) => {
    const path = `usage.iterations[${index}]`;
    if (!isJsonObject(item)) throw new Unreadable(path, "is not an object");
    unknownCosts(item, path, unknown);
    const kind = ITERATION_KINDS.find((known) => known === item.type);
    if (kind === undefined) unknown.push(`${path}.type`);
    return {
      ...tokensFrom(item, path),
      kind: kind ?? "message",
      model: wordAt(item, "model", path),
    };
  });
}

function countAt(value: JsonObject | null, key: string, path: string): TokenCount {
  const count = value?.[key];
  if (count === undefined || count === null) return ZERO_TOKENS;
  if (!isTokenCount(count)) {
    throw new Unreadable(`${path}.${key}`, "is not a whole number of zero or more");
  }
  return count as TokenCount;
}

function objectAt(value: JsonObject, key: string, path: string): JsonObject | null {
  const inner = value[key];
  if (inner === undefined || inner === null) return null;
  if (!isJsonObject(inner)) throw new Unreadable(`${path}.${key}`, "is not an object");
  return inner;
}

/** A word that the provider reports; absent, null and empty are all "not reported". */
function wordAt(value: JsonObject, key: string, path: string): string | null {
  const word = value[key];
  if (word === undefined || word === null || word === "") return null;
  if (typeof word !== "string") throw new Unreadable(`${path}.${key}`, "is not a word");
  return word;
}
