/** Calls that can wait, by an unmodified client with one header, through the command itself. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/index.ts";
import {
  type GatewayProcess,
  PURSER_SOURCE,
  startGatewayProcess,
} from "../simulation/gateway-process.ts";
import { exportLedger } from "../simulation/ledger-export.ts";
import { runCommand } from "./run-command.ts";

const PROVIDER_KEY = "sk-ant-the-provider-knows-this-one";
const CONFIG = `
batch: { gatherFor: 1s, pollEvery: 1s, realTimeBefore: 1s, shortestDeadline: 0s }
policies:
  - { name: watched, lever: defer, match: { endpoints: [chat] } }
  - name: nightly
    lever: defer
    mode: apply
    match: { endpoints: [nightly] }
    settings: { deadline: 30m }
  - name: digest
    lever: defer
    mode: advise
    match: { endpoints: [digest] }
    settings: { deadline: 4h }
  - name: asked
    lever: defer
    mode: apply
    match: { endpoints: [asked] }
    settings: { deadline: 4h, delivery: poll }
`;

let data: string;
let simulator: Simulator;
let gateway: GatewayProcess;
let key: string;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "purser-deferral-"));
  const keyFile = join(data, "provider-key");
  await writeFile(keyFile, PROVIDER_KEY, { mode: 0o600 });
  const config = join(data, "purser.yaml");
  await writeFile(config, `upstream: { keyFile: ${keyFile} }\n${CONFIG}`);
  simulator = await startSimulator({ apiKeys: [PROVIDER_KEY], batchMs: [500, 1_500] });
  const made = await runCommand(process.execPath, [
    ...[PURSER_SOURCE, "keys", "create", "nightly", "--team", "data", "--json", "--data", data],
  ]);
  key = JSON.parse(made.stdout).secret;
  gateway = await startGatewayProcess({ upstream: simulator.url, data, config });
});
afterAll(async () => {
  await gateway.kill();
  await simulator.close();
  await rm(data, { recursive: true, force: true });
});

function clientOf(headers: Record<string, string> = {}): Anthropic {
  return new Anthropic({
    apiKey: key,
    baseURL: gateway.ready.gateway,
    maxRetries: 0,
    defaultHeaders: { "x-purser-deadline": "30m", ...headers },
  });
}

const ask: Anthropic.MessageCreateParamsNonStreaming = {
  model: "claude-haiku-5-5",
  max_tokens: 100,
  messages: [{ role: "user", content: "What is in the hold?" }],
};

function post(headers: Record<string, string>): Promise<Response> {
  return fetch(`${gateway.ready.gateway}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key, "anthropic-version": "2023-06-01", ...headers },
    body: JSON.stringify(ask),
  });
}

describe("deferral", () => {
  test("deferral by one header gives the SDK an ordinary answer, at half price", async () => {
    const { data: message, response } = await clientOf().messages.create(ask).withResponse();
    expect(message).toMatchObject({ type: "message", usage: { service_tier: "batch" } });
    expect(response.headers.get("x-purser-answered-by")).toBe("batch");
    expect(response.headers.get("x-purser-deferred")).toMatch(/^call_/);
  });

  test("deferral of a stream sends all of it at the end, as the SDK expects it", async () => {
    const stream = clientOf().messages.stream({ ...ask, max_tokens: 120 });
    const message = await stream.finalMessage();
    expect(message).toMatchObject({ role: "assistant", usage: { service_tier: "batch" } });
    expect(await stream.finalText()).not.toBe("");
  });

  test("deferral to be asked after answers 202 with a place, and there as the API would", async () => {
    const accepted = await post({ "x-purser-deadline": "20m", "x-purser-delivery": "poll" });
    expect([accepted.status, accepted.headers.get("retry-after")]).toEqual([202, "30"]);
    const place = gateway.ready.gateway + accepted.headers.get("location");
    const look = () => fetch(place, { headers: { "x-api-key": key } });
    await expect.poll(async () => (await look()).status, { timeout: 20_000 }).toBe(200);
    expect(await (await look()).json()).toMatchObject({ type: "message" });
    const stranger = await fetch(place, { headers: { "x-api-key": "sk-ant-own" } });
    expect(stranger.status).toBe(404);
  });

  test("deferral by policy needs nothing of the client, and the client's word goes before it", async () => {
    const byPolicy = (headers: Record<string, string>, apiKey = key) =>
      new Anthropic({
        apiKey,
        baseURL: gateway.ready.gateway,
        maxRetries: 0,
        defaultHeaders: { "x-purser-endpoint": "nightly", ...headers },
      }).messages.create(ask);
    expect((await byPolicy({})).usage.service_tier).toBe("batch");
    const now = await Promise.all([
      byPolicy({ "x-purser-deadline": "none" }),
      byPolicy({ "x-purser-endpoint": "digest" }),
      byPolicy({ "x-purser-endpoint": "chat" }),
      byPolicy({}, PROVIDER_KEY),
    ]);
    expect(now.map(({ usage }) => usage.service_tier)).toEqual(Array(4).fill("standard"));
    const asked = await post({ "x-purser-endpoint": "asked" });
    expect([asked.status, asked.headers.get("location")]).toEqual([202, expect.any(String)]);
    const metrics = await fetch(`${gateway.ready.control}/metrics`, {
      headers: { authorization: `Bearer ${gateway.ready.token}` },
    });
    const decisions = (await metrics.text())
      .split("\n")
      .filter((line) => line.startsWith("purser_deferral_decisions_total{"));
    expect(decisions.toSorted()).toEqual([
      'purser_deferral_decisions_total{decision="advise"} 1',
      'purser_deferral_decisions_total{decision="apply"} 2',
      'purser_deferral_decisions_total{decision="left-alone no-virtual-key"} 1',
    ]);
  });

  test("deferral can be taken back", async () => {
    const accepted = await post({ "x-purser-deadline": "20m", "x-purser-delivery": "poll" });
    const place = gateway.ready.gateway + accepted.headers.get("location");
    const canceled = await fetch(place, { method: "DELETE", headers: { "x-api-key": key } });
    expect(await canceled.json()).toMatchObject({ state: "canceled" });
    const after = await fetch(place, { headers: { "x-api-key": key } });
    expect(after.status).toBe(409);
    expect(await after.json()).toMatchObject({
      error: { type: "conflict_error", details: { error_code: "BATCH_CALL_CANCELED" } },
    });
  });

  test.each([
    [{ "x-purser-deadline": "25h" }, "BATCH_DEADLINE_INVALID"],
    [{ "x-purser-deadline": "2020-01-01T00:00:00Z" }, "BATCH_DEADLINE_INVALID"],
    [{ "x-purser-deadline": "soon" }, "BATCH_DEADLINE_INVALID"],
    [{ "x-purser-deadline": "1h", "x-purser-delivery": "pigeon" }, "BATCH_DELIVERY_INVALID"],
    [{ "x-purser-deadline": "1h", "x-api-key": "sk-ant-own" }, "BATCH_KEY_NEEDED"],
  ])("deferral with %j is refused with %s, in the API's shape", async (headers, code) => {
    const answer = await post(headers);
    expect([answer.status, answer.headers.get("x-should-retry")]).toEqual([400, "false"]);
    expect(await answer.json()).toMatchObject({
      error: { type: "invalid_request_error", details: { error_code: code } },
    });
  });

  test("deferral of what a batch forbids is refused", async () => {
    const forbidden = clientOf().messages.create({ ...ask, speed: "fast" } as typeof ask);
    await expect(forbidden).rejects.toMatchObject({ errorCode: "BATCH_CALL_FORBIDDEN" });
  });

  test("a ledger of deferred calls names the key, the call and half the price", async () => {
    await gateway.stop();
    const rows = await exportLedger(data);
    const billed = simulator.calls().filter((call) => call.messageId !== null);
    const ours = rows.filter((row) => row.messageId !== null);
    expect(new Map(ours.map((row) => [row.messageId, row.measuredPicoUsd]))).toEqual(
      new Map(billed.map((call) => [call.messageId, call.bill.totalPicoUsd])),
    );
    const config = join(data, "purser.yaml");
    gateway = await startGatewayProcess({ upstream: simulator.url, data, config });
  });
});
