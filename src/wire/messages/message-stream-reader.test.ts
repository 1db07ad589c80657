import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSseParser } from "../sse/index.ts";
import {
  createMessageStreamReader,
  readError,
  readMessage,
  type StreamedMessageView,
} from "./index.ts";

type Json = Record<string, unknown>;

function written(events: readonly Json[], named = true): string {
  return events
    .map((event) => `${named ? `event: ${event.type}\n` : ""}data: ${JSON.stringify(event)}\n\n`)
    .join("");
}

function read(text: string, pieceBytes = 7): StreamedMessageView {
  const bytes = new TextEncoder().encode(text);
  const parser = createSseParser();
  const reader = createMessageStreamReader();
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const event of parser.feed(bytes.slice(at, at + pieceBytes))) reader.accept(event);
  }
  const last = parser.end();
  if (last !== null) reader.accept(last);
  return reader.view();
}

const START_USAGE = {
  input_tokens: 10,
  cache_creation_input_tokens: 300,
  cache_read_input_tokens: 5,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
  output_tokens: 1,
  service_tier: "standard",
  inference_geo: "us",
  speed: "fast",
};
const START = {
  type: "message_start",
  message: { id: "msg_1", model: "claude-opus-5-5", content: [], usage: START_USAGE },
};
const BLOCK = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
const DELTA = {
  type: "content_block_delta",
  index: 0,
  delta: { type: "text_delta", text: "x".repeat(100) },
};
const STOP = { type: "message_stop" };
const end = (usage: Json, delta: Json = { stop_reason: "end_turn" }) => ({
  type: "message_delta",
  delta,
  usage,
});

describe("createMessageStreamReader", () => {
  test("overwrites usage, never adds it, and keeps what a delta does not repeat", () => {
    const view = read(
      written([
        START,
        BLOCK,
        DELTA,
        end({ output_tokens: 20 }),
        end({ output_tokens: 30, input_tokens: 11, cache_read_input_tokens: null }),
        STOP,
      ]),
    );
    expect(view).toMatchObject({ id: "msg_1", model: "claude-opus-5-5", final: true });
    expect(view.usage).toMatchObject({
      usage: {
        inputTokens: 11,
        cacheWrite5mTokens: 100,
        cacheWrite1hTokens: 200,
        cacheReadTokens: 5,
        outputTokens: 30,
        speed: "fast",
        inferenceGeo: "us",
      },
    });
  });

  test("reads the provider's own word for a cache miss, whole or streamed", () => {
    const diagnosed = (diagnostics: unknown) => {
      const message = { ...START.message, diagnostics };
      const streamed = read(written([{ ...START, message }])).reportedMiss;
      expect(readMessage(message)).toMatchObject({ reportedMiss: streamed });
      return streamed;
    };
    const miss = (type: string, more: Json = {}) => ({ cache_miss_reason: { type, ...more } });
    expect(diagnosed(miss("system_changed", { cache_missed_input_tokens: 1_200 }))).toEqual({
      reason: "system_changed",
      missedTokens: 1_200,
    });
    expect(diagnosed(miss("unavailable"))).toEqual({ reason: "unavailable", missedTokens: null });
    expect(diagnosed(miss("x".repeat(1_000)))?.reason.length).toBe(64);
    for (const none of [
      undefined,
      null,
      7,
      { cache_miss_reason: null },
      miss("").cache_miss_reason,
    ])
      expect(diagnosed(none)).toBeNull();
  });

  test("counts writes above the split as 5-minute writes", () => {
    const view = read(
      written([START, end({ output_tokens: 2, cache_creation_input_tokens: 350 })]),
    );
    expect(view.usage).toMatchObject({
      usage: { cacheWrite5mTokens: 150, cacheWrite1hTokens: 200 },
    });
  });

  test("lets unknown fields and events survive", () => {
    const view = read(
      written([START, { type: "news", n: 1 }, end({ output_tokens: 2, mystery_tokens: 4 }), STOP]),
    );
    expect(view.reported).toMatchObject({ mystery_tokens: 4, service_tier: "standard" });
    expect(view.usage).toMatchObject({ usage: { unknownFields: ["usage.mystery_tokens"] } });
    expect(view.unreadableEvents).toBe(0);
  });

  test("reads the error event, the refusal's category, and a cut stream", () => {
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(read(written([START, error]))).toMatchObject({
      final: false,
      started: true,
      error: { type: "overloaded_error" },
    });
    const refusal = { stop_reason: "refusal", stop_details: { category: "bio" } };
    expect(read(written([START, end({ output_tokens: 1 }, refusal), STOP]))).toMatchObject({
      stopReason: "refusal",
      stopCategory: "bio",
      contentBlocks: 0,
    });
    const whole = written([START, BLOCK, DELTA, end({ output_tokens: 9 }), STOP]);
    const cut = read(whole.slice(0, whole.indexOf("message_delta") + 40));
    expect(cut).toMatchObject({ final: false, contentBlocks: 1, unreadableEvents: 1 });
    expect(cut.usage).toMatchObject({ usage: { outputTokens: 1 } });
  });

  test("needs no blank line after the last event, nor names", () => {
    const text = written([START, BLOCK, DELTA, end({ output_tokens: 3 }), STOP], false).trimEnd();
    expect(read(text)).toMatchObject({ final: true, contentBlocks: 1, stopReason: "end_turn" });
  });

  test("reckons output bytes near the deltas' own, padded or not", () => {
    for (const text of [
      written([START, DELTA, DELTA]),
      written([START, DELTA, DELTA]).replaceAll('"}}', '"}      }'),
    ]) {
      expect(read(text).outputBytes).toBeGreaterThanOrEqual(190);
      expect(read(text).outputBytes).toBeLessThanOrEqual(220);
    }
  });

  test("has no usage before message_start, and survives what is not JSON", () => {
    const view = read("data: nonsense\n\nevent: message_start\ndata: 7\n\n");
    expect(view).toMatchObject({ started: false, reported: null, unreadableEvents: 2 });
    expect(view.usage.kind).toBe("unreadable");
  });

  test("equals the reading of the whole message, however the stream is cut", () => {
    const count = fc.nat({ max: 1_000_000 });
    const usages = fc.record({
      input_tokens: count,
      cache_read_input_tokens: count,
      cache_creation: fc.record({
        ephemeral_5m_input_tokens: count,
        ephemeral_1h_input_tokens: count,
      }),
      output_tokens: count,
      service_tier: fc.constantFrom("standard", "batch"),
      speed: fc.constantFrom("standard", "fast"),
      output_tokens_details: fc.record({ thinking_tokens: count }),
    });
    fc.assert(
      fc.property(usages, fc.integer({ min: 1, max: 200 }), (usage, pieceBytes) => {
        const { output_tokens, output_tokens_details, ...first } = usage;
        const message = { id: "msg_1", type: "message", model: "m", stop_reason: "end_turn" };
        const start = { ...message, stop_reason: null, usage: { ...first, output_tokens: 1 } };
        const view = read(
          written([
            { type: "message_start", message: start },
            BLOCK,
            end({ output_tokens: Math.floor(output_tokens / 2) }, {}),
            end({ output_tokens, output_tokens_details }),
            STOP,
          ]),
          pieceBytes,
        );
        const whole = readMessage({ ...message, content: [{}], usage });
        if (whole.kind !== "message") throw new Error(whole.reason);
        expect(view).toMatchObject(whole);
      }),
      { numRuns: 100 },
    );
  });
});

describe("readMessage", () => {
  test.each([[null], [[]], [{ type: "error" }], [{}], ["x"]])("finds %j unreadable", (value) => {
    expect(readMessage(value).kind).toBe("unreadable");
  });
});

describe("readError", () => {
  test("reads type, code and request id, and nothing else", () => {
    const error = { type: "rate_limit_error", message: "m", details: { error_code: "ramp" } };
    expect(readError({ type: "error", error, request_id: "req_1" })).toEqual({
      type: "rate_limit_error",
      message: "m",
      errorCode: "ramp",
      requestId: "req_1",
    });
    expect(readError({ error: "text" })).toBeNull();
  });
});
