import { describe, expect, test } from "vitest";
import { readUsage } from "./index.ts";

function usage(value: unknown) {
  const reading = readUsage(value);
  if (reading.kind !== "usage") throw new Error(`${reading.path} ${reading.reason}`);
  return reading.usage;
}

describe("readUsage", () => {
  test("keeps the split of writes, and counts what is above it as 5-minute writes", () => {
    const split = { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 };
    const writes = (value: object) => {
      const { cacheWrite5mTokens, cacheWrite1hTokens } = usage(value);
      return [cacheWrite5mTokens, cacheWrite1hTokens];
    };
    expect(writes({ cache_creation_input_tokens: 7, cache_creation: split })).toEqual([3, 4]);
    expect(writes({ cache_creation_input_tokens: 9, cache_creation: split })).toEqual([5, 4]);
    expect(writes({ cache_creation_input_tokens: 9, cache_creation: null })).toEqual([9, 0]);
    expect(writes({ cache_creation: split })).toEqual([3, 4]);
    expect(writes({ cache_creation_input_tokens: 0, cache_creation: split })).toEqual([3, 4]);
  });

  test("remarks on writes by lifetime that are more than their total, and keeps the dearer", () => {
    const above = {
      cache_creation_input_tokens: 9,
      cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 7 },
    };
    expect(usage(above)).toMatchObject({ cacheWrite5mTokens: 3, cacheWrite1hTokens: 7 });
    const remark = [expect.stringContaining("are more than cache_creation_input_tokens")];
    expect(readUsage(above)).toMatchObject({ remarks: remark });
    const inside = { iterations: [{ type: "message", ...above }] };
    expect(readUsage(inside)).toMatchObject({ remarks: remark });
    expect(readUsage({ ...above, cache_creation_input_tokens: 10 })).toMatchObject({ remarks: [] });
  });

  test("reads words, thinking, server tools and iterations", () => {
    const read = usage({
      input_tokens: 1,
      output_tokens: 2,
      service_tier: "batch",
      speed: "fast",
      inference_geo: "",
      output_tokens_details: { thinking_tokens: 1 },
      server_tool_use: { web_search_requests: 3, web_fetch_requests: 4 },
      iterations: [{ type: "advisor_message", model: "claude-opus-5", input_tokens: 5 }],
    });
    expect(read).toMatchObject({
      serviceTier: "batch",
      speed: "fast",
      inferenceGeo: null,
      thinkingTokens: 1,
      webSearchRequests: 3,
      webFetchRequests: 4,
      iterations: [{ kind: "advisor_message", model: "claude-opus-5", inputTokens: 5 }],
      unknownFields: [],
    });
  });

  test("finds usage unreadable that is nested deeper than the provider's ever is", () => {
    const nested = (depth: number): unknown =>
      JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);
    expect(readUsage(nested(7))).toMatchObject({ kind: "usage" });
    for (const depth of [17, 200_000]) {
      const reading = { kind: "unreadable", path: "usage", reason: "is nested too deeply" };
      expect(readUsage({ input_tokens: 1, extra: nested(depth) })).toEqual(reading);
      const list = JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown;
      expect(readUsage({ iterations: list })).toEqual(reading);
    }
  });

  test.each([
    [{ input_tokens: -1 }, "usage.input_tokens"],
    [{ input_tokens: 1.5 }, "usage.input_tokens"],
    [{ output_tokens: "12" }, "usage.output_tokens"],
    [{ output_tokens: Number.MAX_SAFE_INTEGER + 1 }, "usage.output_tokens"],
    [
      { cache_creation: { ephemeral_1h_input_tokens: true } },
      "usage.cache_creation.ephemeral_1h_input_tokens",
    ],
    [{ cache_creation: [] }, "usage.cache_creation"],
    [{ iterations: {} }, "usage.iterations"],
    [{ iterations: [null] }, "usage.iterations[0]"],
    [{ iterations: [{ type: "message", input_tokens: -2 }] }, "usage.iterations[0].input_tokens"],
    [{ service_tier: 7 }, "usage.service_tier"],
    [null, "usage"],
    ["usage", "usage"],
  ])("finds %j unreadable at %s", (value, path) => {
    expect(readUsage(value)).toMatchObject({ kind: "unreadable", path });
  });

  test.each([
    [
      { cache_creation: { ephemeral_24h_input_tokens: 5 } },
      ["usage.cache_creation.ephemeral_24h_input_tokens"],
    ],
    [
      { server_tool_use: { code_execution_requests: 1 } },
      ["usage.server_tool_use.code_execution_requests"],
    ],
    [{ audio_tokens: 9 }, ["usage.audio_tokens"]],
    [{ fallback_credit: { amount: 3 } }, ["usage.fallback_credit"]],
    [{ quality: "premium" }, ["usage.quality"]],
    [{ iterations: [{ type: "dream", input_tokens: 1 }] }, ["usage.iterations[0].type"]],
    [{ iterations: [{ type: "message", audio_tokens: 1 }] }, ["usage.iterations[0].audio_tokens"]],
    [
      { prompt_tokens: 5, completion_tokens: 6 },
      ["usage.prompt_tokens", "usage.completion_tokens"],
    ],
  ])("names what could cost money in %j", (value, paths) => {
    expect(usage(value).unknownFields).toEqual(paths);
  });

  test.each([
    { audio_tokens: 0 },
    { quality: "standard" },
    { extra: { nested: [0, null, "", false] } },
    { output_tokens_details: { other_tokens: 5 } },
    { cost: 0.5, cost_details: { upstream: 0.5 }, is_byok: true, total_tokens: 9 },
    { gateway: { cost_estimate: 0.1 } },
    { server_tool_use: { code_execution_requests: 0 } },
  ])("finds nothing that could cost money in %j", (value) => {
    expect(usage(value).unknownFields).toEqual([]);
  });
});
