/** The API's own batches through a real gateway process, by the real SDK: byte for byte, and booked. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../../src/simulator/index.ts";
import { type GatewayProcess, startGatewayProcess } from "../gateway-process.ts";
import { exportLedger, isLedgerSound } from "../ledger-export.ts";

const HOUR_MS = 3_600_000;
type Item = Anthropic.Messages.BatchCreateParams.Request;

let data: string;
let simulator: Simulator;
let gateway: GatewayProcess;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "purser-batches-"));
  simulator = await startSimulator({ clock: "virtual" });
  gateway = await startGatewayProcess({ upstream: simulator.url, data });
});
afterEach(async () => {
  await gateway.kill();
  await simulator.close();
  await rm(data, { recursive: true, force: true });
});

function clientOf(): Anthropic {
  return new Anthropic({
    apiKey: "sk-ant-test",
    baseURL: gateway.ready.gateway,
    maxRetries: 0,
    defaultHeaders: { "x-purser-endpoint": "nightly", "x-purser-team": "data" },
  });
}

function items(count: number): Item[] {
  const models = ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"] as const;
  return Array.from({ length: count }, (_, index) => ({
    custom_id: `item-${index}`,
    params: {
      model: models[index % models.length] ?? models[0],
      max_tokens: 50 + index,
      metadata: { user_id: `user-${index % 4}` },
      messages: [{ role: "user", content: `Say number ${index}` }],
    },
  }));
}

async function resultsOf(client: Anthropic, id: string): Promise<number> {
  let count = 0;
  for await (const _ of await client.messages.batches.results(id)) count += 1;
  return count;
}

/** The provider's own bill for batches, by message. */
function billed(): Map<string, bigint> {
  const succeeded = simulator.calls().filter((call) => call.batchItem !== null && call.messageId);
  return new Map(succeeded.map((call) => [call.messageId ?? "", call.bill.totalPicoUsd]));
}

async function ledgerRows() {
  await gateway.stop();
  expect(await isLedgerSound(data)).toBe(true);
  const rows = await exportLedger(data);
  gateway = await startGatewayProcess({ upstream: simulator.url, data });
  return rows;
}

function measured(rows: Awaited<ReturnType<typeof ledgerRows>>): Map<string, bigint> {
  const whole = rows.filter((row) => row.messageId !== null);
  return new Map(whole.map((row) => [row.messageId ?? "", row.measuredPicoUsd ?? -1n]));
}

describe("batches through the gateway", () => {
  test("batches are booked request by request, at the provider's own half price", async () => {
    const client = clientOf();
    const { id } = await client.messages.batches.create({ requests: items(60) });
    simulator.clock.advance(HOUR_MS);
    const batch = await client.messages.batches.retrieve(id);
    expect(batch.results_url).toBe(`${gateway.ready.gateway}/v1/messages/batches/${id}/results`);
    expect(await resultsOf(client, id)).toBe(60);
    const rows = await ledgerRows();
    expect(rows).toHaveLength(60);
    expect(measured(rows)).toEqual(billed());
  });

  test("batches whose results are fetched again, after a restart too, are booked once", async () => {
    const { id } = await clientOf().messages.batches.create({ requests: items(30) });
    await gateway.kill();
    gateway = await startGatewayProcess({ upstream: simulator.url, data });
    simulator.clock.advance(HOUR_MS);
    expect(await resultsOf(clientOf(), id)).toBe(30);
    await gateway.kill();
    gateway = await startGatewayProcess({ upstream: simulator.url, data });
    expect(await resultsOf(clientOf(), id)).toBe(30);
    const rows = await ledgerRows();
    expect(rows).toHaveLength(30);
    expect(measured(rows)).toEqual(billed());
  });

  test("batches that were created past the gateway are booked when their results come by", async () => {
    const past = new Anthropic({ apiKey: "sk-ant-test", baseURL: simulator.url });
    const { id } = await past.messages.batches.create({ requests: items(10) });
    simulator.clock.advance(HOUR_MS);
    await resultsOf(clientOf(), id);
    await resultsOf(clientOf(), id);
    const rows = await ledgerRows();
    expect(rows).toHaveLength(10);
    expect(measured(rows)).toEqual(billed());
  });

  test("batches whose creation got no answer are known again by their results", async () => {
    const route = "POST /v1/messages/batches";
    const match = { part: "batch-call", route } as const;
    simulator.setFaults([{ match, fault: { kind: "lost-response" }, times: 1 }]);
    const client = clientOf();
    await expect(client.messages.batches.create({ requests: items(12) })).rejects.toThrow();
    simulator.clock.advance(HOUR_MS);
    const [batch] = (await client.messages.batches.list()).data;
    await resultsOf(client, batch?.id ?? "");
    const rows = await ledgerRows();
    expect(rows).toHaveLength(12);
    expect(measured(rows)).toEqual(billed());
  });

  test("batches that the provider refuses cost nothing, and stay on record", async () => {
    const twice = [...items(3), ...items(1)];
    const refused = clientOf().messages.batches.create({ requests: twice });
    await expect(refused).rejects.toMatchObject({ status: 400 });
    const rows = await ledgerRows();
    expect(rows.map((row) => [row.outcome, row.measuredPicoUsd])).toEqual(
      Array.from({ length: 4 }, () => ["upstream-error", null]),
    );
  });

  test("batches in part canceled, errored and expired cost what succeeded", async () => {
    const about = (text: string) => ({ part: "batch-item", lastUserText: text }) as const;
    simulator.setFaults([
      { match: about("number 1"), fault: { kind: "overloaded" } },
      { match: about("number 2"), fault: { kind: "expire" } },
    ]);
    const client = clientOf();
    const { id } = await client.messages.batches.create({ requests: items(40) });
    simulator.clock.advance(5_000);
    await client.messages.batches.cancel(id);
    simulator.clock.advance(HOUR_MS);
    await resultsOf(client, id);
    const rows = await ledgerRows();
    expect(rows).toHaveLength(40);
    expect(measured(rows)).toEqual(billed());
    expect(new Set(rows.map((row) => row.outcome))).not.toContain("submitted");
  });
});
