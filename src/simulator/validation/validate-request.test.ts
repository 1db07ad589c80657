import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../base/index.ts";
import { type Simulator, startSimulator } from "../index.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({
    clock: "virtual",
    startAtMs: Date.parse("2026-11-22"),
    apiKeys: ["good"],
  });
});
afterAll(() => simulator.close());

type Answer = { readonly status: number; readonly type: string; readonly message: string };

async function send(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  path = "/v1/messages",
): Promise<Answer> {
  const response = await fetch(simulator.url + path, {
    method: "POST",
    headers: { "x-api-key": "good", "anthropic-version": "2023-06-01", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const answer = (await response.json()) as {
    type: string;
    request_id?: string;
    error?: { type: string; message: string };
  };
  if (response.ok) return { status: response.status, type: answer.type, message: "" };
  expect(answer.request_id).toBe(response.headers.get("request-id"));
  return {
    status: response.status,
    type: answer.error?.type ?? "",
    message: answer.error?.message ?? "",
  };
}

const BASE = {
  model: "claude-opus-5-5",
  max_tokens: 50,
  messages: [{ role: "user", content: "hello" }],
};
const OLDER = { ...BASE, model: "claude-haiku-4-5" };
const NEW_VERSION = { "anthropic-version": "2026-10-21" };
const TOOL = { name: "look", input_schema: { type: "object" } };
const five = { type: "ephemeral" };
const hour = { type: "ephemeral", ttl: "1h" };
const text = (words: string, cache_control?: JsonObject) => ({
  type: "text",
  text: words,
  ...(cache_control === undefined ? {} : { cache_control }),
});
const users = (...content: unknown[]) => [{ role: "user", content }];

describe("validation", () => {
  test.each<[string, unknown, string]>([
    ["a body that is not JSON", "{", "not valid JSON"],
    ["a body that is no object", [], "valid dictionary"],
    ["no model", { ...BASE, model: undefined }, "model: Field required"],
    ["no max_tokens", { ...BASE, max_tokens: undefined }, "max_tokens: Field required"],
    [
      "a max_tokens of words",
      { ...BASE, max_tokens: "ten" },
      "max_tokens: Input should be a valid integer",
    ],
    [
      "too many max_tokens",
      { ...BASE, max_tokens: 128_001 },
      "max_tokens: 128001 > 128000, which is the maximum",
    ],
    ["no messages", { ...BASE, messages: [] }, "messages: at least one message is required"],
    [
      "an unknown field",
      { ...BASE, frequency_penalty: 1 },
      "frequency_penalty: Extra inputs are not permitted",
    ],
    ["an unknown role", { ...BASE, messages: [{ role: "bot", content: "x" }] }, "messages.0.role"],
    [
      "an empty message",
      { ...BASE, messages: [{ role: "user", content: "" }] },
      "non-empty content",
    ],
    ["an unknown block", { ...BASE, messages: users({ type: "video" }) }, "Input tag 'video'"],
    [
      "a prefill on a newer model",
      { ...BASE, messages: [...BASE.messages, { role: "assistant", content: "{" }] },
      "does not support assistant message prefill",
    ],
    [
      "a system message on Haiku 4.5",
      { ...OLDER, messages: [{ role: "system", content: "x" }, ...BASE.messages] },
      'Unexpected role "system"',
    ],
    [
      "five markers",
      { ...BASE, messages: users(...[1, 2, 3, 4, 5].map((n) => text(`${n}`, five))) },
      "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ],
    [
      "one hour after five minutes",
      { ...BASE, messages: users(text("a", five), text("b", hour)) },
      "ttl='1h' cache_control block must not come after a ttl='5m'",
    ],
    [
      "a marker on an empty text",
      { ...BASE, messages: users(text("", five), text("x")) },
      "cache_control cannot be set for empty text blocks",
    ],
    [
      "a marker on thinking",
      {
        ...BASE,
        messages: [
          ...BASE.messages,
          {
            role: "assistant",
            content: [{ type: "thinking", thinking: "t", signature: "s", cache_control: five }],
          },
          ...BASE.messages,
        ],
      },
      "thinking.cache_control: Extra inputs",
    ],
    [
      "an unknown lifetime",
      { ...BASE, messages: users(text("a", { type: "ephemeral", ttl: "2h" })) },
      "ttl: Input should be '5m' or '1h'",
    ],
    [
      "automatic caching against a marker",
      { ...BASE, cache_control: hour, messages: users(text("a", five)) },
      "already has a cache_control",
    ],
    [
      "automatic caching as a fifth marker",
      {
        ...BASE,
        cache_control: five,
        messages: users(...[1, 2, 3, 4].map((n) => text(`${n}`, five)), text("x")),
      },
      "Found 5",
    ],
    [
      "a choice without tools",
      { ...BASE, tool_choice: { type: "auto" } },
      "tool_choice may only be specified while providing tools",
    ],
    [
      "a forced choice on Opus 5.5",
      { ...BASE, tools: [TOOL], tool_choice: { type: "any" } },
      "does not support forced tool use",
    ],
    [
      "a choice of an unknown tool",
      { ...OLDER, tools: [TOOL], tool_choice: { type: "tool", name: "x" } },
      "Tool 'x' not found",
    ],
    ["two tools of one name", { ...BASE, tools: [TOOL, TOOL] }, "Tool names must be unique"],
    [
      "a tool without a schema",
      { ...BASE, tools: [{ name: "x" }] },
      "tools.0.custom.input_schema: Field required",
    ],
    [
      "a tool call without its result",
      {
        ...BASE,
        messages: [
          ...BASE.messages,
          { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "look", input: {} }] },
          ...BASE.messages,
        ],
      },
      "without `tool_result` blocks immediately after: t1",
    ],
    [
      "a result without its call",
      { ...BASE, messages: users({ type: "tool_result", tool_use_id: "t9" }) },
      "unexpected `tool_use_id` found",
    ],
    [
      "a small thinking budget",
      { ...OLDER, thinking: { type: "enabled", budget_tokens: 10 } },
      "greater than or equal to 1024",
    ],
    [
      "a thinking budget above max_tokens",
      { ...OLDER, max_tokens: 1_500, thinking: { type: "enabled", budget_tokens: 2_000 } },
      "`max_tokens` must be greater than `thinking.budget_tokens`",
    ],
    [
      "thinking with a forced tool",
      {
        ...OLDER,
        max_tokens: 3_000,
        tools: [TOOL],
        tool_choice: { type: "any" },
        thinking: { type: "enabled", budget_tokens: 2_000 },
      },
      "tool_choice forces tool use",
    ],
    ["pre-warming with a stream", { ...BASE, max_tokens: 0, stream: true }, "max_tokens: 0"],
    [
      "pre-warming with a format",
      { ...BASE, max_tokens: 0, output_config: { format: { type: "json_schema" } } },
      "max_tokens: 0",
    ],
    [
      "the fast speed on Sonnet 5.5",
      { ...BASE, model: "claude-sonnet-5-5", speed: "fast" },
      "fast mode is not supported",
    ],
    [
      "the fast speed on Opus 5 without its beta",
      { ...BASE, model: "claude-opus-5", speed: "fast" },
      "fast-mode-2026-02-01",
    ],
    ["a region on Haiku 4.5", { ...OLDER, inference_geo: "us" }, "does not support inference_geo"],
    [
      "an effort that Opus 4.6 lacks",
      { ...BASE, model: "claude-opus-4-6", output_config: { effort: "xhigh" } },
      "This model does not support effort level 'xhigh'. Supported levels: high, low, max, medium.",
    ],
    [
      "a prompt beyond the context",
      { ...OLDER, messages: [{ role: "user", content: "word ".repeat(210_000) }] },
      "prompt is too long: ",
    ],
  ])("validation refuses %s", async (_, body, message) => {
    const answer = await send(body);
    expect(answer).toMatchObject({ status: 400, type: "invalid_request_error" });
    expect(answer.message).toContain(message);
  });

  test.each(["temperature", "top_p", "top_k"])(
    "validation refuses %s from version 2026-10-21 on",
    async (field) => {
      const body = { ...OLDER, [field]: 1 };
      expect((await send(body)).status).toBe(200);
      expect(await send(body, NEW_VERSION)).toMatchObject({ status: 400 });
      const counted = { model: OLDER.model, messages: OLDER.messages, [field]: 1 };
      expect(await send(counted, NEW_VERSION, "/v1/messages/count_tokens")).toMatchObject({
        status: 400,
      });
    },
  );

  test("validation refuses two shapes on the newer version only", async () => {
    const cited = { ...text("x"), citations: [{ type: "char_location" }] };
    const document = {
      type: "document",
      source: { type: "text", data: "d", media_type: "text/plain" },
    };
    const bodies = [
      { ...BASE, messages: users(cited) },
      {
        ...BASE,
        messages: [...BASE.messages, { role: "assistant", content: [document] }, ...BASE.messages],
      },
    ];
    for (const body of bodies) {
      expect((await send(body)).status).toBe(200);
      expect((await send(body, NEW_VERSION)).status).toBe(400);
    }
  });

  test.each<[string, Record<string, string>, number, string]>([
    ["no key", { "x-api-key": "" }, 401, "authentication_error"],
    ["a wrong key", { "x-api-key": "bad" }, 401, "authentication_error"],
    ["no version", { "anthropic-version": "" }, 400, "invalid_request_error"],
    ["an unknown version", { "anthropic-version": "2020-01-01" }, 400, "invalid_request_error"],
  ])("validation refuses %s", async (_, headers, status, type) => {
    expect(await send(BASE, headers)).toMatchObject({ status, type });
  });

  test("validation takes a bearer token as well as a key", async () => {
    const headers = { "x-api-key": "", authorization: "Bearer good" };
    const response = await fetch(`${simulator.url}/v1/messages`, {
      method: "POST",
      headers: { authorization: headers.authorization, "anthropic-version": "2023-06-01" },
      body: JSON.stringify(BASE),
    });
    expect(response.status).toBe(200);
  });

  test("validation does not know a model before its release or after its retirement", async () => {
    const unknown = { status: 404, type: "not_found_error" };
    expect(await send({ ...BASE, model: "claude-nope" })).toEqual({
      ...unknown,
      message: "model: claude-nope",
    });
    expect(await send({ ...BASE, model: "claude-opus-4-20250514" })).toMatchObject(unknown);
    await using later = await startSimulator({
      startAtMs: Date.parse("2026-12-01"),
      clock: "virtual",
    });
    const response = await fetch(`${later.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "k", "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ ...BASE, model: "claude-sonnet-4-5" }),
    });
    expect(response.status).toBe(404);
  });

  test("validation refuses a body over 32 MB with 413", async () => {
    const answer = await send("x".repeat(32 * 1024 * 1024 + 1));
    expect(answer).toMatchObject({ status: 413, type: "request_too_large" });
  });
});
