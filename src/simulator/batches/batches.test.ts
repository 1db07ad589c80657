import Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../index.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MODEL = "claude-sonnet-5-5";

let simulator: Simulator;
let client: Anthropic;
beforeEach(async () => {
  simulator = await startSimulator({
    clock: "virtual",
    startAtMs: Date.parse("2026-11-22T00:00:00Z"),
    batchMs: [10 * MINUTE_MS, 10 * MINUTE_MS],
    workspaces: { "key-b": "wrkspc_b" },
  });
  client = new Anthropic({ apiKey: "key-a", baseURL: simulator.url, maxRetries: 0 });
});
afterEach(() => simulator.close());

type Item = Anthropic.Messages.BatchCreateParams.Request;

function item(customId: string, changed: Partial<Item["params"]> = {}): Item {
  const params = {
    model: MODEL,
    max_tokens: 200,
    messages: [{ role: "user" as const, content: `say ${customId}` }],
    ...changed,
  };
  return { custom_id: customId, params };
}

function items(count: number): Item[] {
  return Array.from({ length: count }, (_, index) => item(`item-${index}`));
}

async function resultsOf(id: string) {
  const results = [];
  for await (const result of await client.messages.batches.results(id)) results.push(result);
  return results;
}

async function failure(request: Promise<unknown>) {
  const error = await request.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof Anthropic.APIError) return error;
  throw new Error(`expected an APIError, got ${String(error)}`);
}

describe("batches", () => {
  test("batches keep every count but one at zero until all of it has ended", async () => {
    const { id } = await client.messages.batches.create({ requests: items(40) });
    simulator.clock.advance(5 * MINUTE_MS);
    expect(await client.messages.batches.retrieve(id)).toMatchObject({
      processing_status: "in_progress",
      request_counts: { processing: 40, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
      results_url: null,
      ended_at: null,
      expires_at: "2026-11-23T00:00:00.000Z",
    });
    simulator.clock.advance(5 * MINUTE_MS);
    expect(await client.messages.batches.retrieve(id)).toMatchObject({
      processing_status: "ended",
      request_counts: { processing: 0, succeeded: 40 },
      ended_at: "2026-11-22T00:10:00.000Z",
    });
  });

  test("batches give every result once, in another order than the requests", async () => {
    const { id } = await client.messages.batches.create({ requests: items(50) });
    simulator.clock.advance(10 * MINUTE_MS);
    const ids = (await resultsOf(id)).map((result) => result.custom_id);
    const asked = items(50).map((request) => request.custom_id);
    expect(ids).not.toEqual(asked);
    expect([...ids].sort()).toEqual([...asked].sort());
  });

  test("batches cost half of what the same request costs in real time", async () => {
    const request = item("half");
    await client.messages.create({ ...request.params, stream: false });
    const inRealTime = simulator.calls().at(-1);
    const { id } = await client.messages.batches.create({ requests: [request] });
    simulator.clock.advance(10 * MINUTE_MS);
    const record = simulator.calls().find((call) => call.batchItem?.batchId === id);
    expect(record?.usage).toEqual({ ...inRealTime?.usage, service_tier: "batch" });
    expect((record?.bill.totalPicoUsd ?? 0n) * 2n).toBe(inRealTime?.bill.totalPicoUsd);
    const [result] = await resultsOf(id);
    expect(result?.result).toMatchObject({
      type: "succeeded",
      message: { id: record?.messageId, usage: { service_tier: "batch" } },
    });
  });

  test.each([
    ["stream", { stream: true } as object, /stream/],
    ["max_tokens: 0", { max_tokens: 0 }, /max_tokens/],
    ["speed", { speed: "fast" } as object, /speed/],
    ["a model that is not there", { model: "claude-none" }, /model: claude-none/],
    ["no messages", { messages: undefined } as object, /messages: Field required/],
  ])("batches accept a request with %s and answer it with an error", async (_, changed, says) => {
    const requests = [item("bad", changed), item("good")];
    const { id } = await client.messages.batches.create({ requests });
    simulator.clock.advance(10 * MINUTE_MS);
    const results = new Map((await resultsOf(id)).map((one) => [one.custom_id, one.result]));
    expect(results.get("good")?.type).toBe("succeeded");
    const bad = results.get("bad");
    expect(bad).toMatchObject({ type: "errored", error: { type: "error" } });
    expect(JSON.stringify(bad)).toMatch(says);
    const billed = simulator.calls().filter((call) => call.bill.totalPicoUsd > 0n);
    expect(billed.map((call) => call.batchItem?.customId)).toEqual(["good"]);
  });

  test("batches of the newer API version refuse what that version refuses", async () => {
    const requests = [item("warm", { temperature: 0.5 } as object)];
    const old = { headers: { "anthropic-version": "2023-06-01" } };
    const first = await client.messages.batches.create({ requests }, old);
    const second = await client.messages.batches.create({ requests });
    simulator.clock.advance(10 * MINUTE_MS);
    expect((await resultsOf(first.id))[0]?.result.type).toBe("succeeded");
    expect((await resultsOf(second.id))[0]?.result.type).toBe("errored");
  });

  test.each([
    ["no requests", [], /at least 1 item/],
    ["an id twice", [item("twice"), item("twice")], /not unique/],
    ["an id with a space", [item("a b")], /should match pattern/],
    ["an id that is too long", [item("x".repeat(65))], /should match pattern/],
  ])("batches with %s are refused whole", async (_, requests, says) => {
    const error = await failure(client.messages.batches.create({ requests }));
    expect(error.status).toBe(400);
    expect(error.message).toMatch(says);
  });

  test("batches beyond the queue's limit are told to come back", async () => {
    await using small = await startSimulator({ batchQueuedRequestsMax: 3, clock: "virtual" });
    const own = new Anthropic({ apiKey: "k", baseURL: small.url, maxRetries: 0 });
    await own.messages.batches.create({ requests: items(2) });
    const error = await failure(own.messages.batches.create({ requests: items(2) }));
    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    small.clock.advance(HOUR_MS);
    expect((await own.messages.batches.create({ requests: items(2) })).type).toBe("message_batch");
  });

  test("batches that are cancelled keep what was done, unbilled for the rest", async () => {
    const { id } = await client.messages.batches.create({ requests: items(64) });
    simulator.clock.advance(5 * MINUTE_MS);
    const cancelled = await client.messages.batches.cancel(id);
    expect(cancelled.processing_status).toBe("canceling");
    simulator.clock.advance(MINUTE_MS);
    const { request_counts: counts } = await client.messages.batches.retrieve(id);
    expect(counts).toEqual({ processing: 0, succeeded: 32, errored: 0, canceled: 32, expired: 0 });
    const billed = simulator.calls().filter((call) => call.bill.totalPicoUsd > 0n);
    expect(billed).toHaveLength(32);
    expect((await failure(client.messages.batches.cancel(id))).status).toBe(400);
  });

  test("batches that are not done within a day expire, their done part kept", async () => {
    simulator.setFaults([
      { match: { part: "batch-call" }, fault: { kind: "slow-batch", delayMs: 47 * HOUR_MS } },
    ]);
    const { id } = await client.messages.batches.create({ requests: items(64) });
    simulator.clock.advance(24 * HOUR_MS);
    const ended = await client.messages.batches.retrieve(id);
    expect(ended.ended_at).toBe("2026-11-23T00:00:00.000Z");
    expect(ended.request_counts.succeeded).toBe(32);
    expect(ended.request_counts.expired).toBe(32);
  });

  test("batches keep their results for 29 days, and nothing of one that was deleted", async () => {
    const { id } = await client.messages.batches.create({ requests: items(1) });
    expect((await failure(client.messages.batches.delete(id))).status).toBe(400);
    simulator.clock.advance(29 * 24 * HOUR_MS);
    const archived = await client.messages.batches.retrieve(id);
    expect([archived.archived_at !== null, archived.results_url]).toEqual([true, null]);
    expect(await client.messages.batches.delete(id)).toEqual({ id, type: "message_batch_deleted" });
    expect((await failure(client.messages.batches.retrieve(id))).status).toBe(404);
  });

  test("batches are listed the newest first, page by page, within their workspace", async () => {
    const made: string[] = [];
    for (let batch = 0; batch < 5; batch += 1) {
      made.push((await client.messages.batches.create({ requests: items(1) })).id);
    }
    const listed: string[] = [];
    for await (const batch of client.messages.batches.list({ limit: 2 })) listed.push(batch.id);
    expect(listed).toEqual(made.toReversed());
    const other = new Anthropic({ apiKey: "key-b", baseURL: simulator.url, maxRetries: 0 });
    expect((await other.messages.batches.list()).data).toEqual([]);
    expect((await failure(other.messages.batches.retrieve(made[0] ?? ""))).status).toBe(404);
  });

  test("batches read the cache that an earlier request of theirs wrote, but not all do", async () => {
    const text = "stores ".repeat(2_000);
    const system = [{ type: "text" as const, text, cache_control: { type: "ephemeral" as const } }];
    const requests = items(64).map((request) => item(request.custom_id, { system }));
    const { id } = await client.messages.batches.create({ requests });
    simulator.clock.advance(10 * MINUTE_MS);
    const usages = simulator.calls().filter((call) => call.batchItem?.batchId === id);
    const reads = usages.filter((call) => Number(call.usage?.cache_read_input_tokens) > 0);
    expect(usages).toHaveLength(64);
    expect(reads).toHaveLength(48);
  });
});

describe("faults of batches", () => {
  test("a lost response leaves the batch made", async () => {
    const match = { part: "batch-call", route: "POST /v1/messages/batches" } as const;
    simulator.setFaults([{ match, fault: { kind: "lost-response" }, times: 1 }]);
    const lost = client.messages.batches.create({ requests: items(3) });
    await expect(lost).rejects.toBeInstanceOf(Anthropic.APIConnectionError);
    const [found] = (await client.messages.batches.list()).data;
    expect(found?.request_counts.processing).toBe(3);
  });

  test("a reset makes nothing, and a plain rule does not meet batch calls", async () => {
    simulator.setFaults([{ fault: { kind: "overloaded" } }]);
    await client.messages.batches.create({ requests: items(1) });
    simulator.setFaults([{ match: { part: "batch-call" }, fault: { kind: "reset" }, times: 1 }]);
    await expect(client.messages.batches.create({ requests: items(1) })).rejects.toThrow();
    expect((await client.messages.batches.list()).data).toHaveLength(1);
  });

  test("faults of items become errored and expired results, none of them billed", async () => {
    const about = (text: string) => ({ part: "batch-item", lastUserText: text }) as const;
    simulator.setFaults([
      { match: about("say item-0"), fault: { kind: "overloaded" } },
      { match: about("say item-1"), fault: { kind: "expire" } },
    ]);
    const { id } = await client.messages.batches.create({ requests: items(3) });
    simulator.clock.advance(10 * MINUTE_MS);
    const ends = (await resultsOf(id)).map(({ custom_id, result }) => [custom_id, result.type]);
    expect(new Map(ends as [string, string][])).toEqual(
      new Map([
        ["item-0", "errored"],
        ["item-1", "expired"],
        ["item-2", "succeeded"],
      ]),
    );
    expect(simulator.calls().filter((call) => call.bill.totalPicoUsd > 0n)).toHaveLength(1);
  });
});
