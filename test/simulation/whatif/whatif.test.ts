/** What-ifs over a ledger that a real gateway wrote, beside sums made by hand from its export. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseUsd } from "../../../src/base/index.ts";
import { loadConfig } from "../../../src/config/index.ts";
import type { Usage } from "../../../src/domain/billing/index.ts";
import { makeContext } from "../../../src/main/operation-context.ts";
import { checkInput, whatif as operation } from "../../../src/operations/index.ts";
import { type Simulator, startSimulator } from "../../../src/simulator/index.ts";
import { openLedgerReader } from "../../../src/stores/ledger/index.ts";
import { runCommand } from "../../e2e/run-command.ts";
import { PURSER_SOURCE, startGatewayProcess } from "../gateway-process.ts";

const TRACE = resolve(import.meta.dirname, "../../fixtures/traces/three-requests.mooncake.jsonl");
const MANUAL = "Every refund needs a receipt and a reason, and is written down. ".repeat(250);
const SESSIONS = 3;
const TURNS = 5;
const CHATS = 10;
const CACHED = { cache_control: { type: "ephemeral" } } as const;

let data = "";
let simulator: Simulator;
type Row = { readonly endpoint: string; readonly usage: Usage; readonly amount: bigint };

let rows: readonly Row[];
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "purser-whatif-"));
  simulator = await startSimulator({ seed: 5 });
  const gateway = await startGatewayProcess({ upstream: simulator.url, data });
  const client = new Anthropic({ apiKey: "whatif-key", baseURL: gateway.ready.gateway });
  for (let session = 0; session < SESSIONS; session += 1) await runAgent(client, session);
  for (let call = 0; call < CHATS; call += 1) await chat(client, call);
  expect(await gateway.stop()).toBe(0);
  rows = await readRows();
});
afterAll(async () => {
  await simulator.close();
  rmSync(data, { recursive: true, force: true });
});

async function readRows(): Promise<readonly Row[]> {
  const reader = await openLedgerReader({ directory: data });
  const found = await reader.exchanges({ since: null, until: null, limit: 1_000 });
  await reader.close();
  return found.map(({ opened, settled }) => {
    const measured = settled?.measured;
    if (measured == null) throw new Error("every call was measured");
    const endpoint = opened.attributes.endpoint ?? "";
    return { endpoint, usage: measured.usage, amount: measured.total };
  });
}

/** Marks its system prompt and the end of each turn, as agents do. */
async function runAgent(client: Anthropic, session: number): Promise<void> {
  const messages: Anthropic.MessageParam[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const text = `Session ${session}, turn ${turn}. ${"Look at the parcel. ".repeat(60)}`;
    const asked = { type: "text", text } as const;
    const { content } = await client.messages.create(
      {
        model: "claude-opus-5",
        max_tokens: 60,
        system: [{ type: "text", text: MANUAL, ...CACHED }],
        messages: [...messages, { role: "user", content: [{ ...asked, ...CACHED }] }],
      },
      { headers: { "x-purser-endpoint": "agent" } },
    );
    const answered = content as Anthropic.ContentBlockParam[];
    messages.push({ role: "user", content: [asked] }, { role: "assistant", content: answered });
  }
}

async function chat(client: Anthropic, call: number): Promise<void> {
  await client.messages.create(
    {
      model: "claude-sonnet-5-5",
      max_tokens: 60,
      tools: ["order", "parcel"].map((name) => ({
        name,
        description: "Looks something up. ".repeat(30),
        input_schema: { type: "object" as const },
      })),
      system: MANUAL,
      messages: [{ role: "user", content: `Where is parcel ${call}?` }],
    },
    { headers: { "x-purser-endpoint": "chat" } },
  );
}

async function whatif(policies: string, more: readonly string[] = ["--json"]) {
  const file = join(data, "policies.yaml");
  writeFileSync(file, policies);
  const words = ["whatif", file, "--data", data, ...more];
  const { code, stdout, stderr } = await runCommand(process.execPath, [PURSER_SOURCE, ...words]);
  return { code, stderr, answer: JSON.parse(code === 0 ? stdout : "null") };
}

const policy = (name: string, lever: string, settings: string, match = "") =>
  `  - name: ${name}\n    lever: ${lever}\n    settings: ${settings}\n${match === "" ? "" : `    match: ${match}\n`}`;

function sumOf(endpoint: string, price: (row: Row) => bigint): bigint {
  return rows.filter((row) => row.endpoint === endpoint).reduce((sum, row) => sum + price(row), 0n);
}

const recorded = () => rows.reduce((sum, { amount }) => sum + amount, 0n);

describe("purser whatif over a ledger", () => {
  test("purser whatif reprices the past to the picodollar, and predicts its caching", async () => {
    const { answer, stderr } = await whatif("policies: []\n");
    expect(stderr).toBe("");
    expect(answer.calls).toBe(SESSIONS * TURNS + CHATS);
    expect(answer.past).toMatchObject({
      repriced_exactly: answer.calls,
      kept: 0,
      repriced_otherwise: [],
      checked_calls: answer.calls,
    });
    expect(parseUsd(answer.past.usd)).toBe(recorded());
    expect(answer.total).toEqual({
      before_usd: answer.past.usd,
      after_usd: answer.past.usd,
      saving_usd: "0",
      interval: null,
    });
    expect(answer.past.predictions).toHaveLength(2);
    for (const { off } of answer.past.predictions) expect(Math.abs(off)).toBeLessThan(0.02);
  });

  test("purser whatif saves exactly nothing by policies that change nothing", async () => {
    const same =
      policy("same model", "route", "{ model: claude-opus-5 }", "{ endpoints: [agent] }") +
      policy("high cap", "cap", "{ maxTokens: 100000 }") +
      policy("as it was", "volume", "{ factor: 1 }") +
      policy("no such team", "route", "{ model: claude-haiku-5-5 }", "{ teams: [nobody] }");
    const { answer } = await whatif(`policies:\n${same}`);
    expect(answer.total.saving_usd).toBe("0");
    for (const step of answer.steps) {
      expect([step.saving_usd, step.interval, step.changed]).toEqual(["0", null, 0]);
    }
    expect(answer.warnings).toEqual(['policy "no such team" fits no call of the window']);
  });

  test("purser whatif moves an endpoint to a model of the same tokenizer as a hand would", async () => {
    const { answer } = await whatif(
      `policies:\n${policy("smaller", "route", "{ model: claude-sonnet-5-5 }", "{ endpoints: [agent] }")}`,
    );
    // Sonnet 5.5: 2 in, 2.50 and 4 written, 0.10 read, 10 out.
    const moved = sumOf(
      "agent",
      ({ usage }) =>
        BigInt(usage.inputTokens) * 2_000_000n +
        BigInt(usage.cacheWrite5mTokens) * 2_500_000n +
        BigInt(usage.cacheReadTokens) * 100_000n +
        BigInt(usage.outputTokens) * 10_000_000n,
    );
    const stays = sumOf("chat", ({ amount }) => amount);
    expect(parseUsd(answer.total.after_usd)).toBe(moved + stays);
    expect(answer.steps[0]).toMatchObject({ matched: SESSIONS * TURNS, interval: null });
  });

  test("purser whatif composes five steps in order, whose savings sum to the total", async () => {
    const five =
      policy(
        "older model",
        "route",
        "{ model: claude-haiku-4-5, outputChange: 20%, outputChangeLow: 0%, outputChangeHigh: 50% }",
        "{ endpoints: [chat] }",
      ) +
      policy("overnight", "defer", "{ cacheHits: 100% }", "{ endpoints: [agent] }") +
      policy("short", "cap", "{ maxTokens: 10 }") +
      policy("no tools", "trim-tools", "{ tools: [all] }", "{ endpoints: [chat] }") +
      policy("tenfold", "volume", "{ factor: 10 }");
    const { answer } = await whatif(`policies:\n${five}`);
    const savings = answer.steps.map(({ saving_usd }: { saving_usd: string }) =>
      parseUsd(saving_usd),
    );
    const total = savings.reduce((sum: bigint, saving: bigint) => sum + saving, 0n);
    expect(total).toBe(parseUsd(answer.total.saving_usd));
    expect(parseUsd(answer.total.before_usd) - total).toBe(parseUsd(answer.total.after_usd));
    const [route, defer, cap, tools, volume] = savings;
    for (const saving of [route, defer, cap, tools]) expect(saving > 0n).toBe(true);
    expect(defer).toBe(sumOf("agent", ({ amount }) => amount) / 2n);
    expect(volume).toBe(-9n * parseUsd(answer.steps[3].after_usd));
    expect(answer.steps[2].answers_cut).toBeGreaterThan(0);
    const { low_usd, high_usd } = answer.total.interval;
    expect(parseUsd(low_usd) <= total && total <= parseUsd(high_usd)).toBe(true);
    expect(answer.covers.join(" ")).toContain("outputChangeLow");
  });

  test("purser whatif trims tools, history and caches a prompt as the rules have it", async () => {
    const { answer } = await whatif(
      `policies:\n${policy("marked", "cache", "{ rule: 5m }", "{ endpoints: [chat] }")}${policy("one turn", "trim-history", "{ turns: 0 }", "{ endpoints: [agent] }")}`,
    );
    const [marked, trimmed] = answer.steps;
    // Nine of ten chats read what the first wrote: tools and the manual, nearly all of the prompt.
    const chats = sumOf("chat", ({ amount }) => amount);
    expect(Number(parseUsd(marked.saving_usd)) / Number(chats)).toBeGreaterThan(0.5);
    expect(marked.changed).toBe(CHATS);
    expect(trimmed.matched).toBe(SESSIONS * TURNS);
    // The first turn of each session has no history.
    expect(trimmed.changed).toBe(SESSIONS * (TURNS - 1));
  });

  test.each([
    [
      "an unknown endpoint",
      policy("x", "route", "{ model: claude-haiku-5-5 }", "{ endpoints: [chatt] }"),
      "WHATIF_ENDPOINT_UNKNOWN",
      /policies\.yaml:5:26 \(policies\[0\]\.match\.endpoints\[0\]\)[\s\S]*Did you mean "chat"/,
    ],
    [
      "an unknown model",
      policy("x", "route", "{ model: claude-haiku-5-6 }"),
      "MODEL_UNKNOWN",
      /policies\.yaml:4:24 [\s\S]*Did you mean claude-haiku-5-5/,
    ],
    ["a lever without its setting", policy("x", "cap", "{}"), "WHATIF_POLICY_INVALID", /maxTokens/],
    [
      "a negative factor",
      policy("x", "volume", "{ factor: -2 }"),
      "WHATIF_POLICY_INVALID",
      /at least 0/,
    ],
    [
      "an unknown lever",
      policy("x", "rout", "{}"),
      "WHATIF_POLICY_INVALID",
      /Did you mean "route"/,
    ],
  ])("purser whatif refuses %s at its place", async (_, text, code, said) => {
    const { code: exit, stderr } = await whatif(`policies:\n${text}`, []);
    expect(exit).not.toBe(0);
    expect(stderr).toContain(code);
    expect(stderr).toMatch(said);
  });
});

describe("whatif, while it runs", () => {
  test("whatif tells how far it is, and stops when it is told to", async () => {
    const abort = new AbortController();
    const sources = { flags: { data }, environment: {}, workingDirectory: data };
    const { context, close } = makeContext({
      config: () => loadConfig(sources),
      signal: abort.signal,
    });
    const told: (readonly [number, number])[] = [];
    const progress = (done: number, all: number): void => void told.push([done, all]);
    const input = checkInput(operation, { policy: "policies: []" });
    await operation.run(input, { ...context, progress });
    expect(told[0]).toEqual([0, SESSIONS * TURNS + CHATS]);
    abort.abort();
    const stopped = operation.run(input, context);
    await expect(stopped).rejects.toMatchObject({ code: "WHATIF_STOPPED" });
    await close();
  });
});

describe("purser whatif over a trace", () => {
  test("purser whatif caches a trace as cache replay does", async () => {
    const { answer, stderr } = await whatif(
      `policies:\n${policy("marked", "cache", "{ rule: automatic }")}`,
      ["--trace", TRACE, "--model", "claude-opus-5", "--at", "2026-11-22", "--json"],
    );
    expect(stderr).toBe("");
    // 5,732 fresh tokens at 5 dollars and 180 at 25; then as test/e2e/cache-replay.test.ts has it.
    expect(answer.total.before_usd).toBe("0.03316");
    expect(answer.total.after_usd).toBe("0.031368");
  });
});
