/** From a cache use and a reply to the usage on the wire, and from that usage to the bill. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";
import type { Assumptions } from "../assumptions.ts";
import { billCall, type SampledTokens, type SimulatedBill } from "../models/index.ts";
import type { Reply } from "../replies/index.ts";

export type PromptUsage = {
  readonly input: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly read: number;
};

export type ServedAs = {
  readonly model: string;
  readonly atMs: number;
  readonly serviceTier: "standard" | "batch";
  readonly speed: "standard" | "fast";
  /** As the response names it: `global`, `us`, or `not_available` on models before 4.6. */
  readonly inferenceGeo: string;
};

/** Usage as `message_start` tells it: the prompt, and hardly any output yet. */
export function startUsage(prompt: PromptUsage, reply: Reply, served: ServedAs): JsonObject {
  return wireUsage(prompt, Math.min(reply.outputTokens, 1), null, 0, served);
}

/** Usage of the whole call. Server tools add their results to the prompt. */
export function finalUsage(
  prompt: PromptUsage,
  reply: Reply,
  served: ServedAs,
  hasMarkers: boolean,
): JsonObject {
  const added = reply.serverToolTokens;
  const grown = hasMarkers
    ? { ...prompt, write5m: prompt.write5m + added }
    : { ...prompt, input: prompt.input + added };
  return wireUsage(grown, reply.outputTokens, reply.thinkingTokens, reply.webSearches, served);
}

function wireUsage(
  prompt: PromptUsage,
  outputTokens: number,
  thinkingTokens: number | null,
  webSearches: number,
  served: ServedAs,
): JsonObject {
  return {
    input_tokens: prompt.input,
    cache_creation_input_tokens: prompt.write5m + prompt.write1h,
    cache_read_input_tokens: prompt.read,
    cache_creation: {
      ephemeral_5m_input_tokens: prompt.write5m,
      ephemeral_1h_input_tokens: prompt.write1h,
    },
    output_tokens: outputTokens,
    output_tokens_details: thinkingTokens === null ? null : { thinking_tokens: thinkingTokens },
    server_tool_use:
      webSearches === 0 ? null : { web_search_requests: webSearches, web_fetch_requests: 0 },
    service_tier: served.serviceTier,
    inference_geo: served.inferenceGeo,
    speed: served.speed,
  };
}

/** `message_delta` repeats totals, never the split, the tier, the region or the speed. */
export function deltaUsage(usage: JsonObject): JsonObject {
  const { cache_creation: _split, service_tier: _tier, ...rest } = usage;
  const { inference_geo: _region, speed: _speed, ...totals } = rest;
  return totals;
}

/** The invoice for a usage as it was reported: overrides of a script are billed as they stand. */
export function billUsage(
  usage: JsonObject,
  served: ServedAs,
  assumptions: Assumptions,
): SimulatedBill {
  const searches = isJsonObject(usage.server_tool_use)
    ? count(usage.server_tool_use.web_search_requests)
    : 0;
  const iterations = Array.isArray(usage.iterations) ? usage.iterations.filter(isJsonObject) : null;
  return billCall({
    ...sampled(usage),
    model: served.model,
    atMs: served.atMs,
    speed: usage.speed === "fast" ? "fast" : "standard",
    region: usage.inference_geo === "us" ? "us" : "global",
    batch: usage.service_tier === "batch",
    webSearches: searches,
    stepLooksAt: assumptions.stepLooksAt,
    iterations:
      iterations?.map((entry) => ({
        ...sampled(entry),
        model: typeof entry.model === "string" ? entry.model : null,
      })) ?? null,
  });
}

/** A write total above its split is five-minute ("streaming: usage rules"). */
function sampled(usage: JsonObject): SampledTokens {
  const split = isJsonObject(usage.cache_creation) ? usage.cache_creation : {};
  const write1h = count(split.ephemeral_1h_input_tokens);
  const written = Math.max(
    count(usage.cache_creation_input_tokens),
    write1h + count(split.ephemeral_5m_input_tokens),
  );
  return {
    input: count(usage.input_tokens),
    write5m: written - write1h,
    write1h,
    read: count(usage.cache_read_input_tokens),
    output: count(usage.output_tokens),
  };
}

function count(value: JsonValue | undefined): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
