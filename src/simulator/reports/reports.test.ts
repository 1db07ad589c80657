import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../index.ts";

const START_MS = Date.parse("2026-11-20T22:00:00Z");
const HOUR_MS = 3_600_000;
const DAYS = { starting_at: "2026-11-20T00:00:00Z", ending_at: "2026-11-23T00:00:00Z" };

let simulator: Simulator;
let admin: Anthropic;
beforeAll(async () => {
  simulator = await startSimulator({ clock: "virtual", startAtMs: START_MS, reportPercentOff: 10 });
  admin = new Anthropic({ apiKey: "sk-ant-admin01-x", baseURL: simulator.url, maxRetries: 0 });
  for (const [key, model] of [
    ["k1", "claude-opus-5-5"],
    ["k1", "claude-haiku-5-5"],
    ["k2", "claude-opus-5-5"],
  ] as const) {
    const client = new Anthropic({ apiKey: key, baseURL: simulator.url, maxRetries: 0 });
    const content = "How much is the fish? ".repeat(50);
    await client.messages.create({ model, max_tokens: 50, messages: [{ role: "user", content }] });
    simulator.clock.advance(HOUR_MS);
  }
  // The calls were at 22, 23 and 0 o'clock; two days on, no report is late for them.
  simulator.clock.advance(48 * HOUR_MS);
});
afterAll(() => simulator.close());

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${simulator.url}/v1/organizations/${path}`, {
    headers: { "x-api-key": "sk-ant-admin01-x", "anthropic-version": "2023-06-01", ...headers },
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const billed = () => simulator.calls().reduce((sum, { bill }) => sum + bill.totalPicoUsd, 0n);
/** Cents with up to twelve places to units of a hundredth of a picodollar. */
function unitsOf(cents: string): bigint {
  const [whole = "0", fraction = ""] = cents.split(".");
  return BigInt(whole + fraction.padEnd(12, "0"));
}

describe("the simulator's reports", () => {
  it("reports answer the SDK page by page with every call's tokens, by day, model and key", async () => {
    const rows = [];
    const question = { ...DAYS, time_bucket_width: "1d" as const, limit: 2 };
    const groups = ["model", "api_key_id", "service_tier", "speed", "inference_geo"] as const;
    const list = admin.beta.organization.analytics.usage.list({
      ...question,
      group_by: [...groups],
    });
    for await (const row of list) rows.push(row);
    expect(rows.map(({ starting_at, group }) => [starting_at.slice(0, 10), group.model])).toEqual([
      ["2026-11-20", "claude-haiku-5-5"],
      ["2026-11-20", "claude-opus-5-5"],
      ["2026-11-21", "claude-opus-5-5"],
    ]);
    expect(new Set(rows.map(({ group }) => group.api_key_id)).size).toBe(2);
    const calls = simulator.calls().flatMap(({ usage }) => (usage === null ? [] : [usage]));
    const sum = (key: string) => calls.reduce((all, usage) => all + Number(usage[key]), 0);
    expect(rows.reduce((all, { usage }) => all + usage.output_tokens, 0)).toBe(
      sum("output_tokens"),
    );
    expect(rows.every(({ usage }) => usage.requests === 1)).toBe(true);
  });

  it("reports give amounts as cents to the last digit, after and before the discount", async () => {
    const groups = ["model", "cost_type", "token_type"] as const;
    const page = await admin.beta.organization.analytics.cost.list({
      ...DAYS,
      group_by: [...groups],
    });
    const add = (pick: (row: (typeof page.data)[number]) => string) =>
      page.data.reduce((all, row) => all + unitsOf(pick(row)), 0n);
    expect(add(({ cost }) => cost.list_amount)).toBe(billed() * 100n);
    expect(add(({ cost }) => cost.amount)).toBe(billed() * 90n);
    expect(page.data[0]?.group).toMatchObject({ cost_type: "tokens", api_key_id: null });
  });

  it("reports in the legacy form have every bucket, and the same sums", async () => {
    const query = "starting_at=2026-11-20T00:00:00Z&ending_at=2026-11-23T00:00:00Z";
    const usage = await get(`usage_report/messages?${query}&group_by[]=model&limit=2`);
    expect(usage.body.data.map((bucket: { results: object[] }) => bucket.results.length)).toEqual([
      2, 1,
    ]);
    const next = await get(
      `usage_report/messages?${query}&group_by[]=model&limit=2&page=${usage.body.next_page}`,
    );
    expect(next.body).toMatchObject({ has_more: false, data: [{ results: [] }] });
    const cost = await get(`cost_report?${query}&group_by[]=description`);
    const rows = cost.body.data.flatMap((bucket: { results: object[] }) => bucket.results);
    const sum = rows.reduce(
      (all: bigint, row: { amount: string }) => all + unitsOf(row.amount),
      0n,
    );
    expect(sum).toBe(billed() * 90n);
    expect(rows[0]).toMatchObject({ cost_type: "tokens", token_type: "uncached_input_tokens" });
  });

  it.each([
    ["analytics/usage?starting_at=2026-11-20T00:00:00Z", {}, 404],
    ["analytics/usage?starting_at=2026-11-20T00:00:00Z", { "x-api-key": "k1" }, 401],
    ["usage_report/messages", {}, 400],
    ["usage_report/messages?starting_at=2026-11-20T00:00:00Z&group_by[]=speed", {}, 400],
    ["cost_report?starting_at=2026-11-20T00:00:00Z&bucket_width=1h", {}, 400],
    ["usage_report/messages?starting_at=2026-11-20T00:00:00Z&page=x", {}, 400],
  ])("reports refuse %s with %o by %i", async (path, headers, status) => {
    expect((await get(path, headers)).status).toBe(status);
  });

  it.each([
    "starting_at=2025-12-31T00:00:00Z",
    "starting_at=2026-11-01T00:00:00Z&ending_at=2026-12-03T00:00:00Z",
    "starting_at=2026-11-20T00:00:00Z&time_bucket_width=1d",
    "starting_at=2026-11-20T00:00:00Z&group_by[]=colour",
    "starting_at=2026-11-20T00:00:00Z&limit=1001",
  ])("reports of the analytics form refuse %s", async (query) => {
    const beta = { "anthropic-beta": "analytics-usage-cost-2026-08-24" };
    expect((await get(`analytics/usage?${query}`, beta)).status).toBe(400);
  });

  it("reports are late by the simulator's clock, and say up to when they are whole", async () => {
    await using late = await startSimulator({ clock: "virtual", startAtMs: START_MS });
    const client = new Anthropic({ apiKey: "k", baseURL: late.url });
    await client.messages.create({
      model: "claude-opus-5-5",
      max_tokens: 5,
      messages: [{ role: "user", content: "hi" }],
    });
    const office = new Anthropic({ apiKey: "sk-ant-admin01-x", baseURL: late.url, maxRetries: 0 });
    const ask = () =>
      office.beta.organization.analytics.usage.list({ starting_at: DAYS.starting_at });
    expect(await ask()).toMatchObject({ data: [], data_refreshed_at: "2026-11-20T18:00:00Z" });
    late.clock.advance(5 * HOUR_MS);
    expect((await ask()).data).toHaveLength(1);
  });

  it("reports hold each request of a batch at its tier, as soon as the clock says it is done", async () => {
    await using batching = await startSimulator({ clock: "virtual", startAtMs: START_MS });
    const client = new Anthropic({ apiKey: "k", baseURL: batching.url, maxRetries: 0 });
    const params = {
      model: "claude-opus-5-5",
      max_tokens: 5,
      messages: [{ role: "user" as const, content: "hi" }],
    };
    await client.messages.batches.create({
      requests: ["a", "b", "c"].map((custom_id) => ({ custom_id, params })),
    });
    await client.messages.create(params);
    batching.clock.advance(30 * HOUR_MS);
    const office = new Anthropic({ apiKey: "sk-ant-admin01-x", baseURL: batching.url });
    const page = await office.beta.organization.analytics.usage.list({
      ...{ starting_at: DAYS.starting_at, group_by: ["service_tier"] },
    });
    expect(page.data.map(({ group, usage }) => [group.service_tier, usage.requests])).toEqual([
      ["batch", 3],
      ["standard", 1],
    ]);
  });

  it("reports have the Priority Tier's tokens, and no cost of it", async () => {
    await using committed = await startSimulator({ clock: "virtual", startAtMs: START_MS });
    committed.script([{ reply: { text: "yes", usage: { service_tier: "priority" } } }]);
    const client = new Anthropic({ apiKey: "k", baseURL: committed.url, maxRetries: 0 });
    await client.messages.create({
      model: "claude-opus-5-5",
      max_tokens: 5,
      messages: [{ role: "user", content: "hi" }],
    });
    committed.clock.advance(30 * HOUR_MS);
    const office = new Anthropic({ apiKey: "sk-ant-admin01-x", baseURL: committed.url });
    const { usage, cost } = office.beta.organization.analytics;
    const question = { starting_at: DAYS.starting_at, group_by: ["service_tier" as const] };
    const [used] = (await usage.list(question)).data;
    const [paid] = (await cost.list(question)).data;
    expect(used?.usage.output_tokens).toBeGreaterThan(0);
    expect(paid?.cost).toMatchObject({ amount: "0", list_amount: "0" });
    const headers = { "x-api-key": "sk-ant-admin01-x", "anthropic-version": "2023-06-01" };
    const legacy = await fetch(
      `${committed.url}/v1/organizations/cost_report?starting_at=${DAYS.starting_at}`,
      { headers },
    );
    expect(JSON.parse(await legacy.text()).data[0].results).toEqual([]);
  });
});
