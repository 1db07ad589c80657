/** Replay and plan from a ledger that a real gateway wrote, of an agent on the official SDK. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../../../src/simulator/index.ts";
import { runCommand } from "../../e2e/run-command.ts";
import { PURSER_SOURCE, startGatewayProcess } from "../gateway-process.ts";
import { problemsIn } from "./type-check.ts";

const POLICIES = "Every refund needs a receipt and a reason, and is written down. ".repeat(250);
const SESSIONS = 3;
const TURNS = 5;
const LOOSE_CALLS = 12;

let data = "";
let simulator: Simulator;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "purser-cache-ledger-"));
  simulator = await startSimulator({ seed: 5 });
  const gateway = await startGatewayProcess({ upstream: simulator.url, data });
  const client = new Anthropic({ apiKey: "ledger-key", baseURL: gateway.ready.gateway });
  for (let session = 0; session < SESSIONS; session += 1) await runAgent(client, session);
  for (let call = 0; call < LOOSE_CALLS; call += 1) await askLoosely(client, call);
  expect(await gateway.stop()).toBe(0);
});
afterAll(async () => {
  await simulator.close();
  rmSync(data, { recursive: true, force: true });
});

const CACHED = { cache_control: { type: "ephemeral" } } as const;

/** Marks its system prompt and the end of each turn, as agents do. */
async function runAgent(client: Anthropic, session: number): Promise<void> {
  const messages: Anthropic.MessageParam[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const text = `Session ${session}, turn ${turn}. ${"Look at the parcel. ".repeat(60)}`;
    const asked = { type: "text", text } as const;
    await client.messages
      .create(
        {
          model: "claude-opus-5",
          max_tokens: 24,
          system: [{ type: "text", text: POLICIES, ...CACHED }],
          messages: [...messages, { role: "user", content: [{ ...asked, ...CACHED }] }],
        },
        { headers: { "x-purser-endpoint": "agent", "x-purser-session": `s${session}` } },
      )
      .then(({ content }) =>
        messages.push(
          { role: "user", content: [asked] },
          { role: "assistant", content: content as Anthropic.ContentBlockParam[] },
        ),
      );
  }
}

const tool = (name: string): Anthropic.Tool => ({
  name,
  description: "Looks something up. ".repeat(20),
  input_schema: { type: "object" },
});

/** Sends its tools in changing order, and a system prompt that differs each time. */
async function askLoosely(client: Anthropic, call: number): Promise<void> {
  const tools = ["order", "parcel", "customer"].map(tool);
  await client.messages.create(
    {
      model: "claude-opus-5",
      max_tokens: 8,
      tools: call % 2 === 0 ? tools : tools.reverse(),
      system: `Call ${call}. ${POLICIES}`,
      messages: [{ role: "user", content: "Where is it?" }],
    },
    { headers: { "x-purser-endpoint": "loose" } },
  );
}

async function purser(words: readonly string[]) {
  const { code, stdout, stderr } = await runCommand(process.execPath, [
    PURSER_SOURCE,
    "cache",
    ...words,
    "--data",
    data,
    "--json",
  ]);
  return { code, stderr, answer: JSON.parse(code === 0 ? stdout : "null") };
}

/** What the simulator itself says it billed, by endpoint's calls in order. */
function billed(from: number, count: number) {
  const calls = simulator.calls().slice(from, from + count);
  const sum = (pick: (usage: Record<string, number>) => number | undefined) =>
    calls.reduce(
      (all, call) => all + (pick(call.usage as unknown as Record<string, number>) ?? 0),
      0,
    );
  return {
    input_tokens: sum((usage) => usage.input_tokens),
    cache_read_input_tokens: sum((usage) => usage.cache_read_input_tokens),
    ephemeral_5m_input_tokens: sum((usage) => usage.cache_creation_input_tokens),
  };
}

describe("purser cache replay of a ledger", () => {
  test("purser cache replay as-sent comes within 2% of what the simulator billed", async () => {
    const { answer } = await purser(["replay", "--policy", "as-sent", "--where", "endpoint=agent"]);
    const truth = billed(0, SESSIONS * TURNS);
    expect(answer).toMatchObject({ requests: SESSIONS * TURNS, billed: truth, left_out: {} });
    const equivalents = (row: Record<string, number>) =>
      (row.input_tokens ?? 0) +
      0.1 * (row.cache_read_input_tokens ?? 0) +
      1.25 * (row.ephemeral_5m_input_tokens ?? 0);
    expect(truth.cache_read_input_tokens).toBeGreaterThan(10_000);
    expect(answer.input_token_equivalents / equivalents(truth)).toBeCloseTo(1, 1);
    expect(Math.abs(answer.input_token_equivalents / equivalents(truth) - 1)).toBeLessThan(0.02);
  });

  test("purser cache replay takes filters and windows, and says when nothing is there", async () => {
    const { answer } = await purser(["replay", "--policy", "none", "--where", "endpoint!=agent"]);
    expect(answer.requests).toBe(LOOSE_CALLS);
    const nothing = await purser(["replay", "--where", "endpoint=nowhere"]);
    expect([nothing.code, nothing.stderr]).toEqual([
      1,
      expect.stringContaining("CACHE_TRAFFIC_MISSING"),
    ]);
    const past = await purser(["replay", "--until", "2020-01-01"]);
    expect(past.stderr).toContain("CACHE_TRAFFIC_MISSING");
  });
});

describe("purser cache plan of an endpoint", () => {
  test("purser cache plan marks the ends of an agent's prompts, and gives the saving its interval", async () => {
    const { answer } = await purser(["plan", "--endpoint", "agent", "--explain"]);
    expect(answer).toMatchObject({ for: "endpoint", requests: SESSIONS * TURNS, moves: [] });
    const places = answer.breakpoints.map(({ place }: { place: string }) => place);
    expect(places).toContain("end-of-prompt");
    expect(Number(answer.saving.low_usd)).toBeLessThanOrEqual(Number(answer.saving.usd));
    expect(Number(answer.saving.usd)).toBeLessThanOrEqual(Number(answer.saving.high_usd));
    expect(answer.interval).toMatch(/3 sessions/);
    expect(answer.learned.join("\n")).toMatch(/recent observations/);
    expect(answer.code).toContain("markedMessage(messages, -1, -1,");
    expect(problemsIn(answer.code)).toEqual([]);
  });

  test("purser cache plan names tools in changing order and a system prompt that always differs", async () => {
    const { answer } = await purser(["plan", "--endpoint", "loose"]);
    expect(
      answer.moves.map(({ what, pointer }: Record<string, string>) => [what, pointer]),
    ).toEqual([
      ["tool-order", "/tools"],
      ["volatile-text", "/system/0"],
    ]);
  });

  test("purser cache plan refuses a request and an endpoint at once", async () => {
    const done = await runCommand(
      process.execPath,
      [PURSER_SOURCE, "cache", "plan", "-", "--endpoint", "agent", "--data", data],
      { input: "{}" },
    );
    expect([done.code, done.stderr]).toEqual([
      2,
      expect.stringContaining("CACHE_SOURCE_AMBIGUOUS"),
    ]);
  });
});
