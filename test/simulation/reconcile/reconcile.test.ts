/** Traffic of every kind through a real gateway, and the provider's reports of it. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Simulator, startSimulator } from "../../../src/simulator/index.ts";
import { runCommand } from "../../e2e/run-command.ts";
import { type GatewayProcess, PURSER_SOURCE, startGatewayProcess } from "../gateway-process.ts";

const MODEL = "claude-opus-5-5";
const ADMIN_KEY = "sk-ant-admin01-of-the-test";
const LONG = "The quick brown fox jumps over the lazy dog. ".repeat(400);
const CALL = { model: MODEL, max_tokens: 60 } as const;

let data: string;
let simulator: Simulator;
let gateway: GatewayProcess;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "purser-reconcile-"));
  simulator = await startSimulator({
    clock: "virtual",
    startAtMs: Date.now(),
    reportFreshness: { analyticsLagMs: 0, legacyUsageLagMs: 0, legacyCostIsDaily: false },
    batchMs: [1_000, 2_000],
  });
  gateway = await startGatewayProcess({ upstream: simulator.url, data });
  await traffic(new Anthropic({ apiKey: "k", baseURL: gateway.ready.gateway, maxRetries: 0 }));
}, 60_000);
afterAll(async () => {
  await gateway.kill();
  await simulator.close();
  await rm(data, { recursive: true, force: true });
});

/** Whole, streamed, cached, refused, left in the middle, and a batch. */
async function traffic(client: Anthropic): Promise<void> {
  const system = [{ type: "text", text: LONG, cache_control: { type: "ephemeral" } }] as const;
  for (const content of ["one", "two", "three"]) {
    const messages = [{ role: "user" as const, content }];
    await client.messages.create({ ...CALL, system: [...system], messages });
    await client.messages.stream({ ...CALL, messages }).finalMessage();
  }
  const haiku = { ...CALL, model: "claude-haiku-5-5", inference_geo: "us" };
  await client.messages.create({ ...haiku, messages: [{ role: "user", content: "four" }] });
  const wrong = { ...CALL, max_tokens: -1, messages: [{ role: "user" as const, content: "x" }] };
  await expect(client.messages.create(wrong)).rejects.toMatchObject({ status: 400 });
  await leaveAStream(client);
  const params = { ...CALL, messages: [{ role: "user" as const, content: "later" }] };
  const batch = await client.messages.batches.create({
    requests: ["a", "b", "c"].map((custom_id) => ({ custom_id, params })),
  });
  simulator.clock.advance(10_000);
  const results = await client.messages.batches.results(batch.id);
  let seen = 0;
  for await (const { result } of results) seen += result.type === "succeeded" ? 1 : 0;
  expect(seen).toBe(3);
}

async function leaveAStream(client: Anthropic): Promise<void> {
  const match = { lastUserText: "leave" };
  simulator.script([{ match, reply: { text: { tokens: 50 }, tokensPerSecond: 100 } }]);
  const messages = [{ role: "user" as const, content: "leave" }];
  const stream = client.messages.stream({ ...CALL, messages });
  for await (const event of stream) if (event.type === "content_block_delta") break;
  stream.abort();
  const isOver = () => simulator.calls().some(({ outcome }) => outcome === "client-gone");
  await vi.waitFor(() => expect(isOver()).toBe(true), { timeout: 10_000 });
}

async function reconcile(...args: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: data, PURSER_UPSTREAM: simulator.url };
  const command = [PURSER_SOURCE, "reconcile", "--data", data, "--json", ...args];
  const options = { env: { ...env, PURSER_ADMIN_KEY: ADMIN_KEY } };
  const { code, stdout, stderr } = await runCommand(process.execPath, command, options);
  expect(stdout + stderr).not.toContain(ADMIN_KEY);
  return { code, stderr, answer: stdout === "" ? null : JSON.parse(stdout) };
}

async function page(path: string): Promise<string> {
  const response = await fetch(`${simulator.url}/v1/organizations/${path}`, {
    headers: {
      "x-api-key": ADMIN_KEY,
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "analytics-usage-cost-2026-08-24",
    },
  });
  return response.text();
}

async function fileOf(name: string, text: string): Promise<string> {
  const file = join(data, name);
  await writeFile(file, text);
  return file;
}

const today = () => new Date(simulator.clock.nowMs()).toISOString().slice(0, 10);
const days = () => `starting_at=${today()}T00:00:00Z&ending_at=${today()}T23:59:59Z`;

type Drift = {
  readonly book: "tokens" | "money";
  readonly cause: string;
  readonly item: string;
  readonly difference: string;
};

/** Nobody saw the end of the stream that its client left: the provider may bill more of it. */
function expectOnlyTheLeftStream(drifts: readonly Drift[]): void {
  expect(drifts.map(({ cause, item }) => [cause, item])).toEqual(
    drifts.map(() => ["estimates", "output"]),
  );
  expect(drifts.length).toBeLessThanOrEqual(2);
}

function picoUsdIn(usd: string): bigint {
  const [whole = "", fraction = ""] = usd.split(".");
  return BigInt(whole + fraction.padEnd(12, "0"));
}

function tokensOf(drifts: readonly Drift[]): number {
  const tokens = drifts.filter(({ book }) => book === "tokens");
  return tokens.reduce((sum, { difference }) => sum + Number(difference), 0);
}

describe("purser reconcile", () => {
  it.each(["analytics", "legacy"])(
    "reconcile agrees with the %s reports when all calls passed through",
    async (form) => {
      const { code, answer, stderr } = await reconcile("--fetch", form, "--since", "yesterday");
      expect([code, stderr, answer?.flagged]).toEqual([0, "", 0]);
      expectOnlyTheLeftStream(answer.drifts);
      expect(answer.figures_compared).toBeGreaterThan(10);
      const billed = simulator.calls().reduce((sum, { bill }) => sum + bill.totalPicoUsd, 0n);
      expect(picoUsdIn(answer.report_usd)).toBe(billed);
    },
    60_000,
  );

  it("reconcile refuses files with bad numbers by file and path, and a truncated report", async () => {
    const whole = await page(`usage_report/messages?${days()}&group_by[]=model`);
    const bad = await fileOf(
      "bad.json",
      whole.replace(/"output_tokens":\d+/, '"output_tokens":-3'),
    );
    const refused = await reconcile("--usage", bad);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/bad\.json: data\[0\]\.results\[0\]\.output_tokens/);
    const first = await page(
      `analytics/usage?${days()}&time_bucket_width=1d&group_by[]=model&limit=1`,
    );
    const truncated = await reconcile("--usage", await fileOf("first.json", first));
    expect(truncated.stderr).toMatch(/first\.json/);
    expect(truncated.stderr).toContain("truncated");
    const cut = await reconcile("--usage", await fileOf("cut.json", whole.slice(0, -20)));
    expect(cut.stderr).toMatch(/cut\.json line 1/);
    const cost = await page(`cost_report?${days()}&group_by[]=description`);
    const cents = cost.replace(/"amount":"[^"]+"/, '"amount":1.5');
    const files = ["--usage", await fileOf("usage.json", whole)];
    const wrong = await reconcile(...files, "--cost", await fileOf("cost.json", cents));
    expect(wrong.stderr).toMatch(/cost\.json: data\[0\]\.results\[0\]\.amount/);
  }, 60_000);

  it("reconcile reads saved reports as it reads fetched ones", async () => {
    const usage = await fileOf(
      "u.json",
      await page(`usage_report/messages?${days()}&group_by[]=model`),
    );
    const cost = await fileOf("c.json", await page(`cost_report?${days()}&group_by[]=description`));
    const { code, answer } = await reconcile("--usage", usage, "--cost", cost);
    expect([code, answer.flagged]).toEqual([0, 0]);
    expectOnlyTheLeftStream(answer.drifts);
    expect(JSON.parse(await readFile(usage, "utf8")).has_more).toBe(false);
  }, 60_000);

  it("reconcile finds the calls that went around the gateway, class by class", async () => {
    const before = simulator.calls().length;
    const settled = (await reconcile("--fetch", "analytics", "--since", "yesterday")).answer;
    const around = new Anthropic({ apiKey: "k2", baseURL: simulator.url, maxRetries: 0 });
    const messages = [{ role: "user" as const, content: LONG }];
    for (const model of ["claude-sonnet-5-5", MODEL]) {
      await around.messages.create({ ...CALL, model, messages });
    }
    simulator.clock.advance(1);
    const bypassed = simulator.calls().slice(before);
    const { code, answer } = await reconcile("--fetch", "analytics", "--since", "yesterday");
    expect(code).toBe(1);
    const flagged = answer.drifts.filter((drift: Drift & { flagged: boolean }) => drift.flagged);
    expect(new Set(flagged.map(({ cause }: Drift) => cause))).toEqual(
      new Set(["not-through-purser"]),
    );
    const lines = bypassed.flatMap(({ bill }) => bill.lines);
    const tokens = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    expect(tokensOf(answer.drifts) - tokensOf(settled.drifts)).toBe(tokens);
    const picoUsd = bypassed.reduce((sum, { bill }) => sum + bill.totalPicoUsd, 0n);
    expect(picoUsdIn(answer.report_usd) - picoUsdIn(settled.report_usd)).toBe(picoUsd);
    expect(answer.ledger_usd).toBe(settled.ledger_usd);
  }, 60_000);
});
