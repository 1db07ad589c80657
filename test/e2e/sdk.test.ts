/** The official SDK, and curl, through a real gateway process: nothing may differ from the API. */
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditedCost, type LedgerRow } from "../simulation/auditor/index.ts";
import { type Stack, startStack } from "../simulation/stack.ts";
import { runCommand } from "./run-command.ts";

const MODEL = "claude-sonnet-5-5";
let stack: Stack;
let client: Anthropic;

beforeAll(async () => {
  stack = await startStack({ port: 0, seed: 11 });
  client = new Anthropic({ baseURL: stack.gateway.ready.gateway, apiKey: "sk-ant-any" });
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

const ask = (text: string): Anthropic.MessageCreateParamsNonStreaming => ({
  model: MODEL,
  max_tokens: 60,
  messages: [{ role: "user", content: text }],
});

describe("the SDK through the gateway", () => {
  it("the SDK creates a message", async () => {
    stack.simulator.script([{ match: { lastUserText: "ping" }, reply: { text: "pong" } }]);
    const message = await client.messages.create(ask("ping"));
    expect(message.content).toEqual([expect.objectContaining({ type: "text", text: "pong" })]);
    expect(message._request_id).toMatch(/^req_/);
  });

  it("the SDK streams a message", async () => {
    stack.simulator.script([
      { match: { lastUserText: "count" }, reply: { text: "one two three" } },
    ]);
    const stream = client.messages.stream(ask("count"));
    let text = "";
    stream.on("text", (delta) => {
      text += delta;
    });
    const message = await stream.finalMessage();
    expect(text).toBe("one two three");
    expect(message.usage.output_tokens).toBeGreaterThan(0);
  });

  it("the SDK is asked for a tool and hands back its result", async () => {
    const call = { name: "weather", input: { place: "Bergen" }, id: "toolu_weather" };
    stack.simulator.script([
      { match: { toolResult: "rain" }, reply: { text: "Take an umbrella." } },
      { match: { lastUserText: "weather" }, reply: { toolCalls: [call] } },
    ]);
    const tools: Anthropic.Tool[] = [
      {
        name: "weather",
        input_schema: { type: "object", properties: { place: { type: "string" } } },
      },
    ];
    const question = ask("What is the weather?");
    const first = await client.messages.create({ ...question, tools });
    expect(first.stop_reason).toBe("tool_use");
    const second = await client.messages.create({
      ...question,
      tools,
      messages: [
        ...question.messages,
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: call.id, content: "rain" }],
        },
      ],
    });
    expect(second.content[0]).toMatchObject({ text: "Take an umbrella." });
  });

  it.each([
    [429, { kind: "rate-limited" }, Anthropic.RateLimitError],
    [500, { kind: "server-error" }, Anthropic.InternalServerError],
    [529, { kind: "overloaded" }, Anthropic.InternalServerError],
  ] as const)("the SDK throws its own class for %s", async (status, fault, errorClass) => {
    stack.simulator.setFaults([{ fault, times: 1 }]);
    const failed = client.messages.create(ask("fail"), { maxRetries: 0 });
    await expect(failed).rejects.toBeInstanceOf(errorClass);
    await expect(failed).rejects.toMatchObject({
      status,
      requestID: expect.stringMatching(/^req_/),
    });
  });

  it("the SDK throws its own classes for what the API refuses", async () => {
    const unknown = client.messages.create({ ...ask("hello"), model: "claude-sonnet-9" });
    await expect(unknown).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    const invalid = client.messages.create({ ...ask("hello"), max_tokens: -1 });
    await expect(invalid).rejects.toBeInstanceOf(Anthropic.BadRequestError);
  });

  it("the SDK tries again after an overload, by itself", async () => {
    stack.simulator.setFaults([
      { fault: { kind: "rate-limited", retryAfterSeconds: 0 }, times: 1 },
    ]);
    const message = await client.messages.create(ask("again"));
    expect(message.type).toBe("message");
  });

  it("the SDK sees an error event that comes after status 200", async () => {
    stack.simulator.setFaults([{ fault: { kind: "error-event", after: 0.5 }, times: 1 }]);
    const stream = client.messages.stream(ask("break"), { maxRetries: 0 });
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIError);
  });

  it("the SDK leaves in the middle of a stream", async () => {
    const never = new Promise(() => {});
    stack.simulator.script([
      {
        match: { lastUserText: "leave" },
        reply: { text: { tokens: 50 }, pause: { afterEvents: 6, until: never } },
      },
    ]);
    const stream = client.messages.stream(ask("leave"));
    const aborted = stream.finalMessage();
    stream.once("text", () => stream.abort());
    await expect(aborted).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
  });

  it("the SDK counts tokens and lists models", async () => {
    const { messages } = ask("How many tokens is this?");
    const { input_tokens } = await client.messages.countTokens({ model: MODEL, messages });
    expect(input_tokens).toBeGreaterThan(5);
    const models = await client.models.list();
    expect(models.data.map((model) => model.id)).toContain(MODEL);
  });

  it("curl gets the same answer", async (context) => {
    const version = await runCommand("curl", ["--version"]).catch(() => null);
    if (version === null) return context.skip("curl is not installed");
    const headers = ["content-type: application/json", "anthropic-version: 2023-06-01"];
    const { stdout } = await runCommand("curl", [
      "--silent",
      "--no-buffer",
      ...[...headers, "x-api-key: sk-ant-any"].flatMap((header) => ["--header", header]),
      "--data",
      JSON.stringify({ ...ask("curl"), stream: true }),
      `${stack.gateway.ready.gateway}/v1/messages`,
    ]);
    expect(stdout).toMatch(/^event: message_start\n/);
    expect(stdout).toMatch(/event: message_stop\ndata: .*\n\n$/);
  });

  it("the ledger holds every one of these calls at its right cost", async () => {
    const rows = await stack.settleAndExport();
    const outcomes = rows.map((row) => row.outcome).sort();
    const count = (outcome: string) => outcomes.filter((other) => other === outcome).length;
    expect({
      left: count("client-left"),
      broken: count("stream-error"),
      refused: count("upstream-error"),
    }).toEqual({ left: 1, broken: 1, refused: 6 });
    for (const row of rows.filter((other) => other.outcome === "completed")) {
      expect(row.measuredPicoUsd).toBe(expectedCost(row));
    }
    expect(count("completed")).toBeGreaterThanOrEqual(5);
  });
});

function expectedCost(row: LedgerRow): bigint | null {
  return row.usage === null || row.model === null ? null : auditedCost(row.model, row.usage);
}
