import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Fault, type Simulator, startSimulator } from "../index.ts";

let simulator: Simulator;
let client: Anthropic;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 4 });
  client = new Anthropic({ apiKey: "sk-test", baseURL: simulator.url, maxRetries: 0 });
});
beforeEach(() => simulator.setFaults([]));
afterAll(() => simulator.close());

const ask: Anthropic.MessageCreateParamsNonStreaming = {
  model: "claude-sonnet-5-5",
  max_tokens: 200,
  messages: [{ role: "user", content: "hello" }],
};

function once(fault: Fault): void {
  simulator.setFaults([{ fault, times: 1 }]);
}

function lastCall() {
  return simulator.calls().at(-1);
}

async function failure(
  request: Promise<unknown>,
): Promise<InstanceType<typeof Anthropic.APIError>> {
  const error = await request.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof Anthropic.APIError) return error;
  throw new Error(`expected an APIError, got ${String(error)}`);
}

describe("faults", () => {
  test.each([
    [{ kind: "rate-limited" }, 429, "rate_limit_error", Anthropic.RateLimitError],
    [{ kind: "spend-cap" }, 429, "rate_limit_error", Anthropic.RateLimitError],
    [{ kind: "spend-limit" }, 400, "invalid_request_error", Anthropic.BadRequestError],
    [{ kind: "server-error" }, 500, "api_error", Anthropic.InternalServerError],
    [{ kind: "timeout" }, 504, "timeout_error", Anthropic.InternalServerError],
    [{ kind: "overloaded" }, 529, "overloaded_error", Anthropic.InternalServerError],
  ] as const)(
    "faults: %j reaches the SDK as its own class, unbilled",
    async (fault, status, type, errorClass) => {
      once(fault);
      const error = await failure(client.messages.create(ask));
      expect(error).toBeInstanceOf(errorClass);
      expect(error).toMatchObject({ status, type, requestID: expect.stringMatching(/^req_/) });
      expect(lastCall()).toMatchObject({
        outcome: "faulted",
        status,
        fault: fault.kind,
        usage: null,
      });
      expect(lastCall()?.bill.totalPicoUsd).toBe(0n);
    },
  );

  test("faults: a rate limit tells when to come back, a spend cap does not", async () => {
    once({ kind: "rate-limited", retryAfterSeconds: 7 });
    expect((await failure(client.messages.create(ask))).headers?.get("retry-after")).toBe("7");
    once({ kind: "spend-cap" });
    const capped = await failure(client.messages.create(ask));
    expect(capped.headers?.get("retry-after")).toBeNull();
    expect(capped.errorCode).toBe("enforced_spend_limit_reached");
  });

  test("faults: the SDK's own retries get through an overload", async () => {
    once({ kind: "rate-limited", retryAfterSeconds: 0 });
    const message = await client.messages.create(ask, { maxRetries: 1 });
    expect(message.type).toBe("message");
  });

  test("faults: an error event after status 200 breaks a stream, unbilled", async () => {
    once({ kind: "error-event", after: 0.5 });
    const error = await failure(client.messages.stream(ask).finalMessage());
    expect(error.message).toContain("overloaded_error");
    expect(lastCall()).toMatchObject({ outcome: "faulted", status: 200, usage: null });
  });

  test.each([true, false])(
    "faults: a cut stream ends without its last events (mid-character %s)",
    async (midCharacter) => {
      once({ kind: "cut", after: 0.5, midCharacter });
      await expect(client.messages.stream(ask).finalMessage()).rejects.toBeInstanceOf(Error);
      expect(lastCall()).toMatchObject({ outcome: "cut", completelySent: false, usage: null });
    },
  );

  test("faults: a cut in mid-character leaves half a character on the wire", async () => {
    once({ kind: "cut", after: 0.5, midCharacter: true });
    const response = await fetch(`${simulator.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "k", "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ ...ask, stream: true }),
    });
    const chunks: Uint8Array[] = [];
    const read = async () => {
      for await (const chunk of response.body ?? []) chunks.push(chunk);
    };
    await expect(read()).rejects.toThrow();
    const bytes = Buffer.concat(chunks);
    expect(bytes.at(-1)).toBe(0xc3);
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes)).toThrow();
  });

  test("faults: a cut whole answer never reaches its end", async () => {
    once({ kind: "cut", after: 0.5 });
    await expect(client.messages.create(ask)).rejects.toThrow();
    expect(lastCall()).toMatchObject({ outcome: "cut", completelySent: false });
  });

  test("faults: a reset comes before any byte", async () => {
    once({ kind: "reset" });
    await expect(client.messages.create(ask)).rejects.toBeInstanceOf(Anthropic.APIConnectionError);
    expect(lastCall()).toMatchObject({ outcome: "faulted", responseBytes: 0 });
  });

  test("faults: garbage is not JSON", async () => {
    once({ kind: "garbage" });
    await expect(client.messages.create(ask)).rejects.toThrow();
    expect(lastCall()).toMatchObject({ outcome: "faulted", status: 200 });
  });

  test("faults: the same seed meets the same calls with the same faults", async () => {
    const outcomes = async () => {
      await using flaky = await startSimulator({ seed: 9, scenario: "flaky" });
      const own = new Anthropic({ apiKey: "k", baseURL: flaky.url, maxRetries: 0 });
      for (let call = 0; call < 60; call += 1) await own.messages.create(ask).catch(() => null);
      return flaky.calls().map((record) => record.fault);
    };
    const first = await outcomes();
    expect(first.some((fault) => fault !== null)).toBe(true);
    expect(await outcomes()).toEqual(first);
  });
});

describe("a client that leaves", () => {
  test("a client that leaves in mid-stream is billed for the prompt and what was sent", async () => {
    const never = new Promise(() => {});
    simulator.script([
      {
        match: { lastUserText: "leave" },
        reply: { text: { tokens: 150 }, pause: { afterEvents: 8, until: never } },
      },
    ]);
    const stream = client.messages.stream({
      ...ask,
      messages: [{ role: "user", content: "leave" }],
    });
    stream.once("text", () => stream.abort());
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    await expect.poll(() => lastCall()?.outcome).toBe("client-gone");
    const usage = lastCall()?.usage as { output_tokens: number };
    expect(usage.output_tokens).toBeGreaterThan(0);
    expect(usage.output_tokens).toBeLessThan(150);
    expect(lastCall()?.bill.totalPicoUsd).toBeGreaterThan(0n);
  });

  test("a client that leaves is billed for all of it when the assumption says so", async () => {
    await using complete = await startSimulator({ assumptions: { abortedOutput: "complete" } });
    const own = new Anthropic({ apiKey: "k", baseURL: complete.url });
    const never = new Promise(() => {});
    complete.script([
      { reply: { text: { tokens: 150 }, pause: { afterEvents: 8, until: never } } },
    ]);
    const stream = own.messages.stream(ask);
    stream.once("text", () => stream.abort());
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    await expect.poll(() => complete.calls().at(-1)?.usage).toMatchObject({ output_tokens: 150 });
  });
});
