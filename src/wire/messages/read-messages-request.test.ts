import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8Length } from "./block-content.ts";
import { type RequestView, readMessagesRequest } from "./index.ts";

const MINIMAL = {
  model: "claude-opus-5-5",
  max_tokens: 100,
  messages: [{ role: "user", content: "hi" }],
};
const MARK = { type: "ephemeral" };

function view(more: object): RequestView {
  const reading = readMessagesRequest({ ...MINIMAL, ...more });
  if (reading.kind !== "request") throw new Error(`${reading.path} ${reading.reason}`);
  return reading;
}

describe("readMessagesRequest", () => {
  test("does not read blocks nested deeper than its limit, and reads those at it", () => {
    const nested = (depth: number): object =>
      depth === 0
        ? { type: "image", source: { type: "base64", data: "" } }
        : { type: "tool_result", content: [nested(depth - 1)] };
    const ask = (depth: number) =>
      readMessagesRequest({ ...MINIMAL, messages: [{ role: "user", content: [nested(depth)] }] });
    expect(ask(100)).toMatchObject({ kind: "request", settings: { hasImages: true } });
    const reason = "is nested too deeply to be read";
    expect(ask(101)).toMatchObject({ kind: "unreadable", reason });
  });

  test("lists blocks in the order tools, system, messages", () => {
    const blocks = view({
      tools: [{ name: "t", input_schema: {} }],
      system: "be brief",
      messages: [
        { role: "user", content: [{ type: "image", source: { type: "base64", data: "" } }] },
        { role: "assistant", content: "ok" },
        { role: "system", content: "now long" },
      ],
    }).blocks();
    expect(
      blocks.map((block) => [block.section, block.type, block.role, block.messageIndex]),
    ).toEqual([
      ["tools", "tool", null, null],
      ["system", "text", null, null],
      ["messages", "image", "user", 0],
      ["messages", "text", "assistant", 1],
      ["messages", "text", "system", 2],
    ]);
  });

  test("leaves markers out of the content, and keeps their lifetime beside it", () => {
    const plain = view({}).blocks()[0];
    const marked = view({
      messages: [{ role: "user", content: [{ type: "text", cache_control: MARK, text: "hi" }] }],
    }).blocks()[0];
    expect(marked).toEqual({ ...plain, cacheLifetime: "5m" });
    const result = (control: object) => ({
      type: "tool_result",
      tool_use_id: "t",
      content: [{ type: "text", text: "r", ...control }],
    });
    const inner = (control: object) =>
      view({ messages: [{ role: "user", content: [result(control)] }] }).blocks()[0];
    const hour = inner({ cache_control: { type: "ephemeral", ttl: "1h" } });
    expect(hour).toEqual({ ...inner({}), cacheLifetime: "1h" });
  });

  test("reads settings, the user and the automatic marker", () => {
    const reading = readMessagesRequest(
      {
        ...MINIMAL,
        stream: true,
        cache_control: { type: "ephemeral", ttl: "1h" },
        metadata: { user_id: "u-1" },
        service_tier: "auto",
        speed: "fast",
        inference_geo: "us",
        thinking: { type: "enabled", budget_tokens: 2_000 },
        output_config: { effort: "low" },
        tool_choice: { type: "any", disable_parallel_tool_use: true },
      },
      { apiVersion: "2026-10-21", betas: ["b"] },
    );
    expect(reading).toMatchObject({
      stream: true,
      maxTokens: 100,
      automaticMarker: "1h",
      metadataUserId: "u-1",
      settings: {
        apiVersion: "2026-10-21",
        betas: ["b"],
        serviceTier: "auto",
        speed: "fast",
        inferenceGeo: "us",
        thinking: "enabled:2000",
        effort: "low",
        toolChoice: "any+serial",
        hasImages: false,
      },
    });
  });

  test.each([
    [{ tools: [{ type: "web_search_20260209", name: "w" }] }, ["tool:web_search_20260209"]],
    [
      {
        tools: [
          { type: "custom", name: "c" },
          { type: "bash_20250124", name: "b" },
        ],
      },
      [],
    ],
    [{ context_management: { edits: [{ type: "compact_20260112" }] } }, ["compaction"]],
    [{ mcp_servers: [{}], fallbacks: [] }, ["mcp_servers"]],
    [
      { messages: [{ role: "user", content: [{ type: "image", source: { type: "url" } }] }] },
      ["content:url"],
    ],
    [
      {
        messages: [
          {
            role: "user",
            content: [
              {
                type: "tool_result",
                content: [{ type: "document", source: { type: "file", file_id: "f" } }],
              },
            ],
          },
        ],
      },
      ["content:file"],
    ],
  ])("finds what has no bound in %j", (more, expected) => {
    expect(view(more).unbounded).toEqual(expected);
  });

  test("finds images inside tool results", () => {
    const image = { type: "image", source: { type: "base64", data: "" } };
    const content = [{ type: "tool_result", content: [image] }];
    expect(view({ messages: [{ role: "user", content }] }).settings.hasImages).toBe(true);
  });

  test.each([
    [null, ""],
    [[], ""],
    [{ ...MINIMAL, model: 7 }, "model"],
    [{ ...MINIMAL, messages: "hi" }, "messages"],
    [{ ...MINIMAL, messages: [null] }, "messages[0]"],
    [{ ...MINIMAL, messages: [{ role: "robot", content: "" }] }, "messages[0].role"],
    [{ ...MINIMAL, messages: [{ role: "user" }] }, "messages[0].content"],
    [{ ...MINIMAL, messages: [{ role: "user", content: 7 }] }, "messages[0].content"],
    [{ ...MINIMAL, messages: [{ role: "user", content: [{}] }] }, "messages[0].content[0]"],
    [{ ...MINIMAL, system: 7 }, "system"],
    [{ ...MINIMAL, tools: {} }, "tools"],
    [{ ...MINIMAL, tools: [1] }, "tools[0]"],
  ])("finds %j unreadable at %j", (value, path) => {
    expect(readMessagesRequest(value)).toMatchObject({ kind: "unreadable", path });
  });

  test("keeps what it could read of an unreadable request", () => {
    const reading = readMessagesRequest({ ...MINIMAL, stream: true, messages: 7 });
    expect(reading).toMatchObject({ model: "claude-opus-5-5", stream: true, maxTokens: 100 });
  });

  test("never throws, whatever JSON comes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (messages, system, tools) => {
        const reading = readMessagesRequest({ model: "m", messages, system, tools });
        if (reading.kind === "request") reading.blocks();
      }),
    );
  });
});

describe("utf8Length", () => {
  test("counts as the encoder does, unpaired surrogates included", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (left, right) => {
        const text = `${left}\ud800${right}😀`;
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });
});
