import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../index.ts";

let simulator: Simulator;
let client: Anthropic;
beforeAll(async () => {
  simulator = await startSimulator({
    clock: "virtual",
    startAtMs: Date.parse("2026-11-22"),
    compression: "all",
    workspaces: { "key-a": "wrkspc_a", "key-b": "wrkspc_b", "key-b2": "wrkspc_b" },
  });
  client = new Anthropic({ apiKey: "key-a", baseURL: simulator.url, maxRetries: 0 });
});
afterAll(() => simulator.close());

const MODEL = "claude-opus-5-5";
const HEADERS = { "x-api-key": "k", "anthropic-version": "2023-06-01" };

function ask(text: string): Anthropic.MessageCreateParamsNonStreaming {
  return { model: MODEL, max_tokens: 200, messages: [{ role: "user", content: text }] };
}

function lastBill(): bigint {
  return simulator.calls().at(-1)?.bill.totalPicoUsd ?? -1n;
}

describe("messages", () => {
  test("messages share a cache within a workspace and never between two", async () => {
    const system = [
      {
        type: "text" as const,
        text: "shared ledger ".repeat(500),
        cache_control: { type: "ephemeral" as const },
      },
    ];
    const read = async (apiKey: string) => {
      const own = new Anthropic({ apiKey, baseURL: simulator.url });
      const { data, response } = await own.messages.create({ ...ask("x"), system }).withResponse();
      return [
        response.headers.get("anthropic-workspace-id"),
        (data.usage.cache_read_input_tokens ?? 0) > 0,
      ];
    };
    expect(await read("key-a")).toEqual(["wrkspc_a", false]);
    expect(await read("key-b")).toEqual(["wrkspc_b", false]);
    expect(await read("key-b2")).toEqual(["wrkspc_b", true]);
  });

  test("messages that read a prefix keep it alive, from the start of each read", async () => {
    const system = [
      {
        type: "text" as const,
        text: "kept alive ".repeat(500),
        cache_control: { type: "ephemeral" as const },
      },
    ];
    const reads: boolean[] = [];
    for (const afterMs of [0, 280_000, 280_000, 300_000]) {
      simulator.clock.advance(afterMs);
      const { usage } = await client.messages.create({ ...ask("x"), system });
      reads.push((usage.cache_read_input_tokens ?? 0) > 0);
    }
    expect(reads).toEqual([false, true, true, false]);
  });

  test("messages in fast mode are reported and billed as fast", async () => {
    const { usage } = await client.messages.create(ask("quick"));
    const standard = lastBill();
    const fast = await client.messages.create({ ...ask("quick"), speed: "fast" });
    expect(fast.usage.speed).toBe("fast");
    const output = BigInt(fast.usage.output_tokens - usage.output_tokens) * 20_000_000n;
    expect(lastBill()).toBe((standard + output) * 2n);
  });

  test("messages on Opus 4.6 accept the fast speed and bill the standard one", async () => {
    const message = await client.messages.create({
      ...ask("q"),
      model: "claude-opus-4-6",
      speed: "fast",
    });
    expect(message.usage.speed).toBe("standard");
  });

  test("messages served in the us region cost a tenth more", async () => {
    const message = await client.messages.create({ ...ask("here"), inference_geo: "us" });
    const { input_tokens, output_tokens, inference_geo } = message.usage;
    expect(inference_geo).toBe("us");
    expect(lastBill()).toBe(
      BigInt(input_tokens) * 4_400_000n + BigInt(output_tokens) * 22_000_000n,
    );
  });

  test("messages name the model behind an alias, and no region before 4.6", async () => {
    const message = await client.messages.create({ ...ask("x"), model: "claude-haiku-4-5" });
    expect(message.model).toBe("claude-haiku-4-5-20251001");
    expect(message.usage.inference_geo).toBe("not_available");
    expect(simulator.calls().at(-1)).toMatchObject({
      requestModel: "claude-haiku-4-5",
      model: message.model,
    });
  });

  test("messages stop at the context window when it comes before max_tokens", async () => {
    const remove = simulator.script([{ reply: { text: { tokens: 5_000 } } }]);
    const filler = "word ".repeat(199_900).trim();
    const message = await client.messages.create({
      ...ask(filler),
      model: "claude-haiku-4-5",
      max_tokens: 2_000,
    });
    remove();
    expect(message.stop_reason).toBe("model_context_window_exceeded");
    const { input_tokens, output_tokens } = message.usage;
    expect(input_tokens + output_tokens).toBeLessThanOrEqual(200_000);
    expect(output_tokens).toBeGreaterThan(50);
  });

  test("messages count the tool-use prompt once, and a forced choice's extra", async () => {
    const tools = [{ name: "t", input_schema: { type: "object" as const } }];
    const count = async (change: object) => {
      const { messages } = ask("x");
      const answer = await client.messages.countTokens({
        model: "claude-haiku-5-5",
        messages,
        ...change,
      });
      return answer.input_tokens;
    };
    const free = await count({ tools });
    expect(free - (await count({}))).toBeGreaterThan(286);
    expect((await count({ tools, tool_choice: { type: "any" } })) - free).toBe(406 - 286);
  });

  test("messages count an image by its pixels", async () => {
    const png = Buffer.alloc(64);
    png.writeUInt32BE(0x89504e47, 0);
    png.writeUInt32BE(1_000, 16);
    png.writeUInt32BE(1_000, 20);
    const source = {
      type: "base64" as const,
      media_type: "image/png" as const,
      data: png.toString("base64"),
    };
    const count = async (content: Anthropic.ContentBlockParam[]) =>
      (await client.messages.countTokens({ model: MODEL, messages: [{ role: "user", content }] }))
        .input_tokens;
    const text = { type: "text" as const, text: "look" };
    expect((await count([{ type: "image", source }, text])) - (await count([text]))).toBe(1_296);
  });

  test("messages drop old thinking on older models, and keep it on newer ones", async () => {
    const thinking = { type: "thinking" as const, thinking: "deep ".repeat(100), signature: "s" };
    const messages = (blocks: Anthropic.ContentBlockParam[]): Anthropic.MessageParam[] => [
      { role: "user", content: "one" },
      { role: "assistant", content: [...blocks, { type: "text", text: "two" }] },
      { role: "user", content: "three" },
    ];
    const extra = async (model: string) => {
      const count = async (blocks: Anthropic.ContentBlockParam[]) =>
        (await client.messages.countTokens({ model, messages: messages(blocks) })).input_tokens;
      return (await count([thinking])) - (await count([]));
    };
    expect(await extra("claude-haiku-4-5")).toBe(0);
    expect(await extra(MODEL)).toBe(100);
  });

  test.each(["gzip", "br", "zstd"])(
    "messages stream compressed with %s, event by event",
    async (encoding) => {
      let release = () => {};
      const until = new Promise<void>((resolve) => {
        release = resolve;
      });
      const remove = simulator.script([
        { reply: { text: "one two", pause: { afterEvents: 1, until } } },
      ]);
      const response = await fetch(`${simulator.url}/v1/messages`, {
        method: "POST",
        headers: { ...HEADERS, "accept-encoding": encoding },
        body: JSON.stringify({ ...ask("x"), stream: true }),
      });
      remove();
      expect(response.headers.get("content-encoding")).toBe(encoding);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const first = Buffer.from((await reader.read()).value ?? []).toString();
      expect(first).toMatch(/^event: message_start\n/);
      release();
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        rest += Buffer.from(part.value).toString();
      }
      expect(rest).toContain("event: message_stop");
    },
  );

  test("messages keep to a pace and a delay when asked", async () => {
    const remove = simulator.script([
      { reply: { text: { tokens: 40 }, delayMs: 40, tokensPerSecond: 500 } },
    ]);
    const startedMs = performance.now();
    await client.messages.stream(ask("slow")).finalMessage();
    remove();
    expect(performance.now() - startedMs).toBeGreaterThan(100);
  });
});

describe("the call records", () => {
  test("the call records are bounded, and the newest stay", async () => {
    await using small = await startSimulator({ callRecordsMax: 10 });
    const own = new Anthropic({ apiKey: "k", baseURL: small.url });
    for (let call = 0; call < 25; call += 1) await own.messages.create(ask("x"));
    expect(small.calls().map(({ sequence }) => sequence)).toEqual([
      16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    ]);
  });
});
