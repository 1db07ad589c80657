import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "./index.ts";

const MODEL = "claude-opus-5-5";
const LONG_SYSTEM = [
  {
    type: "text" as const,
    text: "the ledger is true ".repeat(400),
    cache_control: { type: "ephemeral" as const },
  },
];
let simulator: Simulator;
let client: Anthropic;

beforeAll(async () => {
  simulator = await startSimulator({ clock: "virtual", startAtMs: Date.parse("2026-11-22") });
  client = new Anthropic({ apiKey: "sk-test", baseURL: simulator.url, maxRetries: 0 });
});
afterAll(() => simulator.close());

function ask(text: string): Anthropic.MessageCreateParamsNonStreaming {
  return { model: MODEL, max_tokens: 300, messages: [{ role: "user", content: text }] };
}

function lastCall() {
  const record = simulator.calls().at(-1);
  if (record === undefined) throw new Error("no call was recorded");
  return record;
}

describe("startSimulator", () => {
  test("startSimulator answers the official SDK with a message and its exact bill", async () => {
    const message = await client.messages.create(ask("hello"));
    expect(message).toMatchObject({ type: "message", role: "assistant", model: MODEL });
    const { usage } = message;
    const record = lastCall();
    expect(record).toMatchObject({ messageId: message.id, outcome: "completed", usage });
    expect(record.requestId).toBe(message._request_id);
    const expected =
      BigInt(usage.input_tokens) * 4_000_000n + BigInt(usage.output_tokens) * 20_000_000n;
    expect(record.bill.totalPicoUsd).toBe(expected);
  });

  test("startSimulator gives every field that the SDK's Message and Usage types name", async () => {
    const { _request_id, ...message } = await client.messages.create(ask("fields"));
    expect(Object.keys(message).sort()).toEqual(
      "container content diagnostics id model role stop_details stop_reason stop_sequence type usage".split(
        " ",
      ),
    );
    expect(Object.keys(message.usage).sort()).toEqual(
      (
        "cache_creation cache_creation_input_tokens cache_read_input_tokens inference_geo input_tokens " +
        "output_tokens output_tokens_details server_tool_use service_tier speed"
      ).split(" "),
    );
  });

  test("startSimulator streams what it would have answered whole", async () => {
    const whole = await client.messages.create(ask("the same either way"));
    const stream = client.messages.stream(ask("the same either way"));
    const streamed = await stream.finalMessage();
    const { id: _whole, _request_id, ...expected } = whole;
    expect(streamed).toMatchObject(expected);
    expect(lastCall()).toMatchObject({ stream: true, usage: streamed.usage });
  });

  test("startSimulator writes a marked prefix once and reads it after", async () => {
    const first = await client.messages.create({ ...ask("one"), system: LONG_SYSTEM });
    const second = await client.messages.create({ ...ask("two"), system: LONG_SYSTEM });
    expect(first.usage.cache_creation?.ephemeral_5m_input_tokens).toBeGreaterThan(512);
    expect(second.usage.cache_read_input_tokens).toBe(first.usage.cache_creation_input_tokens);
    simulator.clock.advance(300_000);
    const third = await client.messages.create({ ...ask("three"), system: LONG_SYSTEM });
    expect(third.usage.cache_read_input_tokens).toBe(0);
  });

  test("startSimulator makes parallel identical requests all pay for the write", async () => {
    let begin = () => {};
    const waitFor = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const remove = simulator.script([
      { match: { lastUserText: "parallel" }, reply: { text: "ok", waitFor } },
    ]);
    const system = [
      { ...LONG_SYSTEM[0], text: "parallel ledger ".repeat(400) },
    ] as typeof LONG_SYSTEM;
    const calls = [1, 2, 3].map(() => client.messages.create({ ...ask("parallel"), system }));
    setTimeout(begin, 50);
    const usages = (await Promise.all(calls)).map(({ usage }) => usage.cache_read_input_tokens);
    remove();
    expect(usages).toEqual([0, 0, 0]);
  });

  test("startSimulator counts tokens as it bills them", async () => {
    const { input_tokens } = await client.messages.countTokens({
      model: MODEL,
      system: LONG_SYSTEM,
      messages: ask("one").messages,
    });
    const { usage } = await client.messages.create({ ...ask("one"), system: LONG_SYSTEM });
    const billed =
      usage.input_tokens +
      (usage.cache_read_input_tokens ?? 0) +
      (usage.cache_creation_input_tokens ?? 0);
    expect(input_tokens).toBe(billed);
  });

  test("startSimulator lists the models in pages and names one", async () => {
    const ids: string[] = [];
    for await (const model of client.models.list({ limit: 4 })) ids.push(model.id);
    expect(ids).toContain("claude-haiku-5-5");
    expect(ids).not.toContain("claude-opus-4-20250514");
    expect(new Set(ids).size).toBe(ids.length);
    expect(await client.models.retrieve("claude-haiku-4-5")).toMatchObject({
      id: "claude-haiku-4-5-20251001",
      max_input_tokens: 200_000,
    });
  });

  test("startSimulator pre-warms the cache with max_tokens 0 and bills no output", async () => {
    const system = [
      { ...LONG_SYSTEM[0], text: "pre-warm this ".repeat(400) },
    ] as typeof LONG_SYSTEM;
    const warm = await client.messages.create({ ...ask("x"), system, max_tokens: 0 });
    expect(warm).toMatchObject({
      content: [],
      stop_reason: "max_tokens",
      usage: { output_tokens: 0 },
    });
    const next = await client.messages.create({ ...ask("x"), system });
    expect(next.usage.cache_read_input_tokens).toBe(warm.usage.cache_creation_input_tokens);
  });

  test("startSimulator explains a miss when diagnostics are asked for", async () => {
    const body = { ...ask("why"), system: LONG_SYSTEM };
    const first = await client.messages.create({
      ...body,
      diagnostics: { previous_message_id: null },
    });
    expect(first.diagnostics).toBeNull();
    const changed = [
      { ...LONG_SYSTEM[0], text: `now ${LONG_SYSTEM[0]?.text}` },
    ] as typeof LONG_SYSTEM;
    const diagnostics = { previous_message_id: first.id };
    const same = await client.messages.create({ ...body, diagnostics });
    expect(same.diagnostics).toBeNull();
    const second = await client.messages.create({ ...body, system: changed, diagnostics });
    expect(second.diagnostics?.cache_miss_reason).toMatchObject({ type: "system_changed" });
    const unknown = await client.messages.create({
      ...body,
      diagnostics: { previous_message_id: "msg_x" },
    });
    expect(unknown.diagnostics?.cache_miss_reason).toEqual({ type: "previous_message_not_found" });
  });

  test("startSimulator records the bytes it received and sent by their hashes", async () => {
    const body = JSON.stringify(ask("hash me"));
    const response = await fetch(`${simulator.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "k", "anthropic-version": "2023-06-01" },
      body,
    });
    const text = await response.text();
    const { createHash } = await import("node:crypto");
    const sha256 = (value: string) => createHash("sha256").update(value).digest("hex");
    expect(lastCall()).toMatchObject({
      requestSha256: sha256(body),
      responseSha256: sha256(text),
      requestBytes: body.length,
      completelySent: true,
    });
  });

  test("startSimulator gives the same reply to the same seed and request", async () => {
    const texts: unknown[] = [];
    for (const seed of [7, 7, 8]) {
      await using other = await startSimulator({ seed });
      const own = new Anthropic({ apiKey: "k", baseURL: other.url });
      texts.push((await own.messages.create(ask("seeded"))).content);
    }
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]).not.toEqual(texts[2]);
  });

  test("startSimulator keeps its clock behind its own endpoint, out of the records", async () => {
    const calls = simulator.calls().length;
    const url = `${simulator.url}/_simulator/clock`;
    const before = (await (await fetch(url)).json()) as { nowMs: number };
    const response = await fetch(url, { method: "POST", body: '{"advanceMs": 1000}' });
    expect(await response.json()).toMatchObject({ nowMs: before.nowMs + 1_000, kind: "virtual" });
    expect((await fetch(url, { method: "POST", body: '{"advanceMs": -1}' })).status).toBe(400);
    expect(simulator.calls().length).toBe(calls);
  });

  test("startSimulator refuses a scenario it does not have, and a port that is taken", async () => {
    await expect(startSimulator({ scenario: "nope" })).rejects.toThrow(
      /SIMULATOR_SCENARIO_UNKNOWN/,
    );
    await expect(startSimulator({ port: simulator.port })).rejects.toThrow(
      /SIMULATOR_PORT_UNAVAILABLE/,
    );
  });

  test("startSimulator answers 404 for what it does not model", async () => {
    await expect(client.beta.files.list()).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  });

  test.each(["gzip", "br", "zstd"])(
    "startSimulator compresses with %s when asked",
    async (encoding) => {
      const response = await fetch(`${simulator.url}/v1/messages`, {
        method: "POST",
        headers: {
          "x-api-key": "k",
          "anthropic-version": "2023-06-01",
          "accept-encoding": encoding,
        },
        body: JSON.stringify(ask("compressed")),
      });
      expect(response.headers.get("content-encoding")).toBe(encoding);
      expect(await response.json()).toMatchObject({ type: "message" });
    },
  );
});

describe("startSimulator in its scenarios", () => {
  test("startSimulator with the minimal scenario answers whole and streamed", async () => {
    await using canned = await startSimulator({ scenario: "minimal" });
    const own = new Anthropic({ apiKey: "k", baseURL: canned.url });
    const whole = await own.messages.create(ask("load"));
    const streamed = await own.messages.stream(ask("load")).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.id).not.toBe(whole.id);
    expect(canned.calls()).toHaveLength(2);
    expect(canned.calls()[0]?.bill.totalPicoUsd).toBeGreaterThan(0n);
  });

  test("startSimulator with the agent scenario calls tools with inputs that fit", async () => {
    await using agent = await startSimulator({ scenario: "agent", seed: 3 });
    const own = new Anthropic({ apiKey: "k", baseURL: agent.url });
    const tools = [
      {
        name: "read_file",
        input_schema: {
          type: "object" as const,
          properties: { path: { type: "string" }, lines: { type: "integer" } },
          required: ["path", "lines"],
        },
      },
    ];
    const message = await own.messages.stream({ ...ask("go"), tools }).finalMessage();
    expect(message.stop_reason).toBe("tool_use");
    const call = message.content.find((block) => block.type === "tool_use");
    expect(call?.input).toEqual({ path: expect.any(String), lines: expect.any(Number) });
  });

  test("startSimulator keeps no records when told so", async () => {
    await using quiet = await startSimulator({ callRecordsMax: 0 });
    const own = new Anthropic({ apiKey: "k", baseURL: quiet.url });
    await own.messages.create(ask("quiet"));
    expect(quiet.calls()).toEqual([]);
  });
});
