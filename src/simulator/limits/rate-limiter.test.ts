import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { startSimulator } from "../index.ts";

const ask = {
  model: "claude-haiku-5-5",
  max_tokens: 40,
  messages: [{ role: "user" as const, content: "hello" }],
};

describe("rate limits", () => {
  test("rate limits refuse what exceeds them and let it pass when the clock has moved", async () => {
    await using simulator = await startSimulator({
      clock: "virtual",
      enforceRateLimits: true,
      rateLimits: { requestsPerMinute: 2 },
    });
    const client = new Anthropic({ apiKey: "k", baseURL: simulator.url, maxRetries: 0 });
    await client.messages.create(ask);
    await client.messages.create(ask);
    const refused = await client.messages.create(ask).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Anthropic.RateLimitError);
    const { headers } = refused as InstanceType<typeof Anthropic.RateLimitError>;
    expect(headers.get("retry-after")).toBe("30");
    expect(simulator.calls().at(-1)).toMatchObject({ outcome: "rejected", usage: null });
    simulator.clock.advance(30_000);
    expect((await client.messages.create(ask)).type).toBe("message");
  });

  test("rate limits tell their state in the headers, tokens in thousands", async () => {
    await using simulator = await startSimulator({
      clock: "virtual",
      startAtMs: Date.parse("2026-11-22T12:00:00Z"),
      rateLimits: { requestsPerMinute: 60, inputTokensPerMinute: 50_000 },
    });
    const client = new Anthropic({ apiKey: "k", baseURL: simulator.url });
    const { response } = await client.messages.create(ask).withResponse();
    const header = (name: string) => response.headers.get(`anthropic-ratelimit-${name}`);
    expect(header("requests-limit")).toBe("60");
    expect(header("requests-remaining")).toBe("59");
    expect(header("requests-reset")).toBe("2026-11-22T12:00:01Z");
    expect(header("input-tokens-remaining")).toBe("49000");
    expect(header("tokens-limit")).toBe("2050000");
  });

  test("rate limits do not count cache reads as input", async () => {
    await using simulator = await startSimulator({
      clock: "virtual",
      enforceRateLimits: true,
      rateLimits: { inputTokensPerMinute: 5_000 },
    });
    const client = new Anthropic({ apiKey: "k", baseURL: simulator.url, maxRetries: 0 });
    const text = "the ledger is true ".repeat(600);
    const system = [{ type: "text" as const, text, cache_control: { type: "ephemeral" as const } }];
    for (let call = 0; call < 5; call += 1) {
      expect((await client.messages.create({ ...ask, system })).type).toBe("message");
    }
    await expect(client.messages.create({ ...ask, system: text })).rejects.toBeInstanceOf(
      Anthropic.RateLimitError,
    );
  });
});
