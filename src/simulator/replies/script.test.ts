import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ScriptEntry, type Simulator, startSimulator } from "../index.ts";

let simulator: Simulator;
let client: Anthropic;
beforeAll(async () => {
  simulator = await startSimulator();
  client = new Anthropic({ apiKey: "sk-test", baseURL: simulator.url, maxRetries: 0 });
});
afterAll(() => simulator.close());

const MODEL = "claude-opus-5-5";
const LONG_TEXT = "the ledger is true ".repeat(400);

/** Asks once, with only this script standing. */
async function answer(
  entries: readonly ScriptEntry[],
  change: Partial<Anthropic.MessageCreateParamsNonStreaming> = {},
): Promise<Anthropic.Message> {
  const remove = simulator.script(entries);
  try {
    const messages = [{ role: "user" as const, content: "hello there" }];
    return await client.messages.create({ model: MODEL, max_tokens: 500, messages, ...change });
  } finally {
    remove();
  }
}

function lastCall() {
  const record = simulator.calls().at(-1);
  if (record === undefined) throw new Error("no call was recorded");
  return record;
}

describe("script", () => {
  test.each<[string, ScriptEntry["match"], boolean]>([
    ["the model", { model: MODEL }, true],
    ["another model", { model: "claude-haiku-5-5" }, false],
    ["the last user text", { lastUserText: /^hello/ }, true],
    ["another text", { lastUserText: "goodbye" }, false],
    ["a header of the SDK", { header: { name: "X-Stainless-Lang", value: "js" } }, true],
    ["a header that is not there", { header: { name: "x-none" } }, false],
    ["no tool result", { toolResult: false }, true],
    ["a stream", { stream: true }, false],
    ["a condition of one's own", { where: ({ body }) => body.max_tokens === 500 }, true],
  ])("script matches by %s", async (_, match, hit) => {
    const entry: ScriptEntry =
      match === undefined ? { reply: {} } : { match, reply: { text: "scripted" } };
    const { content } = await answer([entry]);
    expect(content[0]?.type === "text" && content[0].text === "scripted").toBe(hit);
  });

  test("script answers an entry as often as it says, then the next", async () => {
    const entries = [{ reply: { text: "first" }, times: 1 }, { reply: { text: "then" } }];
    const remove = simulator.script(entries);
    const texts: unknown[] = [];
    for (let call = 0; call < 3; call += 1) texts.push((await answer([])).content[0]);
    remove();
    expect(texts).toMatchObject([{ text: "first" }, { text: "then" }, { text: "then" }]);
  });

  test("script gives a text of exactly so many tokens, thinking apart", async () => {
    const message = await answer([{ reply: { thinking: { tokens: 33 }, text: { tokens: 120 } } }]);
    expect(message.usage).toMatchObject({
      output_tokens: 153,
      output_tokens_details: { thinking_tokens: 33 },
    });
    expect(message.content.map(({ type }) => type)).toEqual(["thinking", "text"]);
  });

  test("script cuts a text at max_tokens and at a stop sequence", async () => {
    const cut = await answer([{ reply: { text: { tokens: 80 } } }], { max_tokens: 20 });
    expect(cut).toMatchObject({ stop_reason: "max_tokens", usage: { output_tokens: 20 } });
    const stopped = await answer([{ reply: { text: "one STOP two" } }], {
      stop_sequences: ["STOP"],
    });
    expect(stopped).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: "STOP" });
    expect(stopped.content).toMatchObject([{ text: "one " }]);
  });

  test.each([
    ["cyber", 0n],
    ["bio", 1n],
    ["frontier_llm", 1n],
    ["reasoning_extraction", 1n],
  ])(
    "script refuses before any output in category %s and bills as documented",
    async (category, billed) => {
      const message = await answer([{ reply: { refusal: { category, explanation: "no" } } }]);
      expect(message).toMatchObject({
        stop_reason: "refusal",
        content: [],
        stop_details: { type: "refusal", category, explanation: "no" },
      });
      expect(message.usage.input_tokens).toBeGreaterThan(0);
      expect(lastCall().bill.totalPicoUsd > 0n).toBe(billed === 1n);
    },
  );

  test("script bills a refusal in the middle of its output", async () => {
    const message = await answer([{ reply: { text: "I began", refusal: { category: "cyber" } } }]);
    expect(message).toMatchObject({ stop_reason: "refusal", content: [{ text: "I began" }] });
    expect(lastCall().bill.totalPicoUsd).toBeGreaterThan(0n);
  });

  test("script searches the web: billed by request, its results cached behind a breakpoint of their own", async () => {
    const system = [
      {
        type: "text" as const,
        text: LONG_TEXT,
        cache_control: { type: "ephemeral" as const, ttl: "1h" as const },
      },
    ];
    const results = [
      { title: "Tides", url: "https://example.com/tides", text: "high water ".repeat(80) },
    ];
    const entry = {
      reply: { webSearch: { query: "tides", results }, text: "High at noon." },
      times: 1,
    };
    const first = await answer([entry], { system });
    expect(first.usage.server_tool_use).toEqual({ web_search_requests: 1, web_fetch_requests: 0 });
    expect(first.usage.cache_creation?.ephemeral_1h_input_tokens).toBeGreaterThan(512);
    expect(first.usage.cache_creation?.ephemeral_5m_input_tokens).toBeGreaterThan(50);
    expect(lastCall().bill.lines).toContainEqual(
      expect.objectContaining({ item: "web_search", picoUsd: 10_000_000_000n }),
    );
    const next = await answer([{ reply: { text: "ok" } }], {
      system,
      messages: [
        { role: "user", content: "hello there" },
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: [{ type: "text", text: "and?", cache_control: { type: "ephemeral" } }],
        },
      ],
    });
    const prefix = first.usage.cache_creation?.ephemeral_1h_input_tokens ?? 0;
    expect(next.usage.cache_read_input_tokens).toBeGreaterThan(prefix + 50);
  });

  test("script streams the search's growth: the last total is above the first split", async () => {
    const system = [
      {
        type: "text" as const,
        text: `s ${LONG_TEXT}`,
        cache_control: { type: "ephemeral" as const },
      },
    ];
    const results = [
      { title: "Tides", url: "https://example.com/tides", text: "high water ".repeat(80) },
    ];
    const remove = simulator.script([
      { reply: { webSearch: { query: "q", results }, text: "done" } },
    ]);
    const stream = await client.messages.create({
      model: MODEL,
      max_tokens: 200,
      stream: true,
      system,
      messages: [{ role: "user", content: "go" }],
    });
    let split = 0;
    let total = 0;
    for await (const event of stream) {
      if (event.type === "message_start") {
        split = event.message.usage.cache_creation?.ephemeral_5m_input_tokens ?? 0;
      }
      if (event.type === "message_delta") total = event.usage.cache_creation_input_tokens ?? 0;
    }
    remove();
    expect(total).toBeGreaterThan(split);
    expect(lastCall().usage).toMatchObject({ cache_creation_input_tokens: total });
  });

  test("script's own usage is reported and billed as it stands", async () => {
    const iterations = [
      {
        type: "compaction",
        input_tokens: 1_000,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation: null,
        output_tokens: 10,
      },
      {
        type: "message",
        model: "claude-haiku-4-5",
        input_tokens: 2_000,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation: null,
        output_tokens: 0,
      },
    ];
    const message = await answer([
      { reply: { text: "x", usage: { iterations, service_tier: "standard" } } },
    ]);
    expect(message.usage).toMatchObject({ iterations });
    expect(lastCall().bill.totalPicoUsd).toBe(
      1_000n * 4_000_000n + 10n * 20_000_000n + 2_000n * 1_000_000n,
    );
  });

  test("script may be a function of the request, tool results included", async () => {
    const tools = [{ name: "add", input_schema: { type: "object" as const } }];
    const remove = simulator.script([
      { match: { toolResult: "42" }, reply: { text: "It is 42." } },
      { reply: ({ nthCall }) => ({ toolCalls: [{ name: "add", input: { nthCall } }] }) },
    ]);
    const question = { model: MODEL, max_tokens: 200, tools };
    const user = { role: "user" as const, content: "add" };
    const first = await client.messages.create({ ...question, messages: [user] });
    const call = first.content.find((block) => block.type === "tool_use");
    expect(call?.input).toEqual({ nthCall: expect.any(Number) });
    const result = { type: "tool_result" as const, tool_use_id: call?.id ?? "", content: "42" };
    const second = await client.messages.create({
      ...question,
      messages: [
        user,
        { role: "assistant", content: first.content },
        { role: "user", content: [result] },
      ],
    });
    remove();
    expect(second.content).toMatchObject([{ text: "It is 42." }]);
  });
});
