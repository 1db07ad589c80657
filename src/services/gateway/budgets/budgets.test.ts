import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { afterEach, describe, expect, test } from "vitest";
import {
  type WiredGateway,
  type WiringOptions,
  wireGateway,
} from "../../../../test/simulation/wire-gateway.ts";
import { instant } from "../../../base/index.ts";
import {
  type AuthoredBudget,
  type BudgetDefinition,
  readBudget,
} from "../../../domain/budgets/index.ts";
import { type Simulator, startSimulator } from "../../../simulator/index.ts";
import { openLedgerReader } from "../../../stores/ledger/index.ts";

const NOON_MS = Date.UTC(2026, 10, 25, 12);

function budget(
  authored: Omit<AuthoredBudget, "name"> & { readonly name?: string },
): BudgetDefinition {
  const reading = readBudget({ name: "all", window: "day", ...authored });
  if (reading.kind === "problems") throw new Error(JSON.stringify(reading.problems));
  return reading.definition;
}

type Bed = {
  readonly simulator: Simulator;
  readonly wired: WiredGateway;
  readonly client: Anthropic;
  readonly data: string;
  /** Moves the gateway's clock. */
  readonly advance: (ms: number) => void;
  /** Ends the gateway and starts another on the same data. */
  readonly again: (options?: Partial<WiringOptions>) => Promise<Bed>;
};

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function bed(
  budgets: readonly BudgetDefinition[],
  more: Partial<WiringOptions> = {},
): Promise<Bed> {
  const simulator = await startSimulator({ seed: 3 });
  const data = mkdtempSync(join(tmpdir(), "purser-budgets-"));
  open.push(async () => rmSync(data, { recursive: true, force: true }));
  open.push(() => simulator.close());
  return wire(simulator, data, { budgets, hasPast: false, ...more });
}

async function wire(
  simulator: Simulator,
  data: string,
  options: Partial<WiringOptions>,
): Promise<Bed> {
  let nowMs = NOON_MS;
  const clock = { now: () => instant(nowMs), monotonicMs: () => performance.now() };
  const wired = await wireGateway({ upstream: simulator.url, data, clock, ...options });
  open.push(() => wired.close());
  const client = new Anthropic({ apiKey: "sk-test", baseURL: wired.gateway.url, maxRetries: 0 });
  return {
    ...{ simulator, wired, client, data },
    advance: (ms) => {
      nowMs += ms;
    },
    again: async (other = {}) => {
      await wired.close();
      return wire(simulator, data, { ...options, hasPast: true, ...other });
    },
  };
}

const ASK: Anthropic.MessageCreateParamsNonStreaming = {
  model: "claude-opus-5-5",
  max_tokens: 1_000,
  messages: [{ role: "user", content: "hello" }],
};
/** What ASK may come to: its output at $20 a million tokens, its input by bytes. */
const OUTPUT_USD = 1_000n * 20_000_000n;

async function failure(request: Promise<unknown>) {
  const error = await request.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof Anthropic.APIError) return error;
  throw new Error(`expected an APIError, got ${String(error)}`);
}

function figures({ wired }: Bed, name = "all", key = "") {
  const found = wired.budgets.book.budget(name)?.find(key, NOON_MS);
  return { spent: found?.spent(NOON_MS) ?? 0n, reserved: found?.reserved ?? 0n };
}

/** What the simulator bills for everything so far. */
function billed({ simulator }: Bed): bigint {
  return simulator.calls().reduce((sum, { bill }) => sum + bill.totalPicoUsd, 0n);
}

describe("budgets in the gateway", () => {
  test("a budget is spent by what calls came to, and the answer's headers tell it", async () => {
    const here = await bed([budget({ limit: "$1" })]);
    await here.client.messages.create(ASK);
    expect(figures(here)).toEqual({ spent: billed(here), reserved: 0n });
    const { response } = await here.client.messages.create(ASK).withResponse();
    expect(response.headers.get("x-purser-budget")).toBe("all");
    expect(response.headers.get("x-purser-budget-limit")).toBe("$1");
    expect(response.headers.get("x-purser-budget-spent")).toMatch(/^\$0\.00\d+$/);
    expect(response.headers.get("x-purser-budget-resets")).toBe("2026-11-26T00:00:00.000Z");
    expect(figures(here)).toEqual({ spent: billed(here), reserved: 0n });
  });

  test("a call that does not fit is answered 429 in the API's own shape, and is not forwarded", async () => {
    const here = await bed([budget({ limit: "$0.034", match: { team: ["search"] } })]);
    const headers = { "x-purser-team": "search" };
    await here.client.messages.create(ASK, { headers });
    const calls = here.simulator.calls().length;
    const error = await failure(
      here.client.messages.create({ ...ASK, max_tokens: 1_400 }, { headers }),
    );
    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    expect(error.errorCode).toBe("BUDGET_EXCEEDED");
    expect(error.message).toContain('the budget \\"all\\" has $0.0');
    expect(error.headers?.get("retry-after")).toBe(String(12 * 3_600));
    expect(error.headers?.get("x-should-retry")).toBe("false");
    expect(here.simulator.calls()).toHaveLength(calls);
    await here.client.messages.create({ ...ASK, max_tokens: 1_400 });
    here.advance(12 * 3_600_000);
    await here.client.messages.create({ ...ASK, max_tokens: 1_400 }, { headers });
  });

  test("a call that can never fit is told that retrying is vain", async () => {
    const here = await bed([budget({ limit: "$0.001" })]);
    const error = await failure(here.client.messages.create(ASK));
    expect(error.status).toBe(429);
    expect(error.headers?.get("retry-after")).toBeNull();
    expect(error.headers?.get("x-should-retry")).toBe("false");
  });

  test("a refused call is on record, with the budget that stopped it and no prompt", async () => {
    const here = await bed([budget({ limit: "$0.001", name: "tiny" })]);
    const error = await failure(here.client.messages.create(ASK));
    const reader = await openLedgerReader({ directory: here.data });
    try {
      const found = await reader.exchange(String(error.requestID));
      expect(found?.opened).toMatchObject({
        decisions: ["budget tiny refuse short"],
        prompt: null,
      });
      expect(found?.settled).toMatchObject({ outcome: "refused", errorType: "BUDGET_EXCEEDED" });
    } finally {
      await reader.close();
    }
  });

  test("without a budget no header is added, and nothing is held", async () => {
    const here = await bed([budget({ limit: "$1", match: { team: ["other"] } })]);
    const { response } = await here.client.messages.create(ASK).withResponse();
    expect([...response.headers.keys()].filter((name) => name.startsWith("x-purser"))).toEqual([]);
    expect(here.wired.budgets.held).toBe(0);
  });

  test("a reservation stands while a call is under way, and a concurrent one may not pass it", async () => {
    const here = await bed([budget({ limit: "$0.04" })]);
    const gate = Promise.withResolvers<void>();
    here.simulator.script([
      { reply: { text: { tokens: 50 }, pause: { afterEvents: 3, until: gate.promise } } },
    ]);
    const stream = here.client.messages.stream(ASK);
    await new Promise((resolve) => stream.once("streamEvent", resolve));
    expect(figures(here).reserved).toBeGreaterThan(OUTPUT_USD);
    const error = await failure(here.client.messages.create(ASK));
    expect(error.headers?.get("x-should-retry")).toBe("true");
    expect(error.headers?.get("retry-after")).toBe("2");
    gate.resolve();
    await stream.finalMessage();
    expect(figures(here)).toEqual({ spent: billed(here), reserved: 0n });
    await here.client.messages.create(ASK);
  });

  test("a failed call frees all that it held", async () => {
    const here = await bed([budget({ limit: "$1" })]);
    for (const kind of ["overloaded", "server-error", "rate-limited"] as const) {
      here.simulator.setFaults([{ fault: { kind }, times: 1 }]);
      await failure(here.client.messages.create(ASK));
      expect(figures(here)).toEqual({ spent: 0n, reserved: 0n });
    }
  });

  test("an answer whose end nobody saw stays at its worst case", async () => {
    const here = await bed([budget({ limit: "$1" })]);
    here.simulator.setFaults([{ fault: { kind: "cut", after: 0.5 }, times: 1 }]);
    await expect(here.client.messages.stream(ASK).finalMessage()).rejects.toThrow();
    await expect.poll(() => figures(here).reserved).toBe(0n);
    expect(figures(here).spent).toBeGreaterThan(OUTPUT_USD);
    const held = figures(here).spent;
    const after = await here.again();
    expect(figures(after)).toEqual({ spent: held, reserved: 0n });
  });

  test("max_tokens is shrunk to what is left, in the bytes, where the policy says so", async () => {
    const here = await bed([budget({ limit: "$0.01", whenShort: "shrink" })]);
    const { data, response } = await here.client.messages.create(ASK).withResponse();
    expect(data.usage.output_tokens).toBeLessThan(500);
    expect(response.headers.get("x-purser-budget-changed")).toMatch(/^budget all shrink 3\d\d$/);
    const reader = await openLedgerReader({ directory: here.data });
    const [row] = await reader.exchanges({ since: null, until: null, limit: 1 });
    await reader.close();
    expect(row?.opened.decisions).toEqual([expect.stringMatching(/^budget all shrink 3\d\d$/)]);
    expect(row?.opened.maxTokens).toBeLessThan(500);
    expect(BigInt(row?.opened.worstCase.amount ?? 0)).toBeLessThanOrEqual(10_000_000_000n);
  });

  test("a budget takes its steps before it blocks, and the changed call is looked at once more", async () => {
    const steps = [
      "50% warn",
      "60% max-tokens 500",
      "70% effort low",
      "80% model claude-haiku-5-5",
    ];
    const here = await bed([budget({ limit: "$0.028", steps })]);
    const first = await here.client.messages
      .create({ ...ASK, output_config: { effort: "high" } })
      .withResponse();
    expect(first.response.headers.get("x-purser-budget-changed")).toBeNull();
    const large = { ...ASK, max_tokens: 1_390, output_config: { effort: "high" as const } };
    const second = await here.client.messages.create(large).withResponse();
    expect(second.data.model).toBe("claude-haiku-5-5");
    expect(second.response.headers.get("x-purser-budget-warning")).toBe("all");
    expect(second.response.headers.get("x-purser-budget-changed")).toBe(
      "budget all max-tokens 500, budget all effort low, budget all model claude-haiku-5-5",
    );
    expect(figures(here)).toEqual({ spent: billed(here), reserved: 0n });
  });

  test("a call without a bound is refused, or admitted at the ceiling and labelled", async () => {
    const tools = [{ type: "web_search_20260209", name: "web_search" }] as never;
    const strict = await bed([budget({ limit: "$1" })]);
    const error = await failure(strict.client.messages.create({ ...ASK, tools }));
    expect(error).toMatchObject({ status: 400, errorCode: "BUDGET_UNBOUNDED" });
    expect(error.message).toContain("tool:web_search_20260209");
    const unknown = await failure(strict.client.messages.create({ ...ASK, model: "claude-next" }));
    expect(unknown.message).toContain("no known price");
    const lenient = await bed([budget({ limit: "$1", whenUnbounded: "$0.2" })]);
    await lenient.client.messages.create({ ...ASK, tools });
    expect(figures(lenient)).toEqual({ spent: billed(lenient), reserved: 0n });
  });

  test("a budget in shadow decides and writes down, and does nothing", async () => {
    const here = await bed([budget({ limit: "$0.0001", shadow: true, name: "dry" })]);
    const { response } = await here.client.messages.create(ASK).withResponse();
    expect(response.headers.get("x-purser-budget")).toBeNull();
    const reader = await openLedgerReader({ directory: here.data });
    const [row] = await reader.exchanges({ since: null, until: null, limit: 1 });
    await reader.close();
    expect(row?.opened.decisions).toEqual(["budget dry shadow short"]);
  });

  test("a soft budget warns and lets the call pass", async () => {
    const here = await bed([budget({ limit: "$0.0001", enforcement: "soft" })]);
    const { response } = await here.client.messages.create(ASK).withResponse();
    expect(response.headers.get("x-purser-budget-warning")).toBe("all");
  });

  test("balances are those of the ledger after a restart, by user, tag and model", async () => {
    const budgets = [
      budget({ limit: "$1" }),
      budget({ name: "user", limit: "$1", per: "user" }),
      budget({
        name: "tag",
        limit: "100k tokens",
        match: { "tag:env": ["test"] },
        window: "lifetime",
      }),
      budget({
        name: "calls",
        limit: "100 calls",
        match: { models: ["claude-haiku-4-5"] },
        window: "rolling 1h",
      }),
      budget({ name: "session", limit: "$1", window: "session" }),
    ];
    const here = await bed(budgets);
    const models = ["claude-haiku-4-5", "claude-haiku-4-5-20251001", "claude-opus-5-5"];
    for (const [index, model] of models.entries()) {
      const headers = {
        "x-purser-user": `u${index % 2}`,
        "x-purser-tags": "env=test",
        "x-purser-session": "s",
      };
      await here.client.messages.create({ ...ASK, model }, { headers });
    }
    const all = (at: Bed) => [
      figures(at),
      figures(at, "user", "u0"),
      figures(at, "user", "u1"),
      figures(at, "tag"),
      figures(at, "calls"),
      figures(at, "session", "s"),
    ];
    const before = all(here);
    expect(before[0]?.spent).toBe(billed(here));
    expect(before[3]?.spent).toBeGreaterThan(30n);
    expect(before[4]).toEqual({ spent: 2n, reserved: 0n });
    expect(all(await here.again())).toEqual(before);
  });

  test("a budget that is defined while calls are under way counts them, and what is on record", async () => {
    const here = await bed([], { hasPast: true });
    await here.client.messages.create(ASK);
    const gate = Promise.withResolvers<void>();
    here.simulator.script([
      { reply: { text: { tokens: 50 }, pause: { afterEvents: 3, until: gate.promise } } },
    ]);
    const stream = here.client.messages.stream(ASK);
    await new Promise((resolve) => stream.once("streamEvent", resolve));
    const past = here.simulator.calls()[0]?.bill.totalPicoUsd;
    const defining = here.wired.budgets.define([budget({ limit: "$0.04" })]);
    const meanwhile = here.client.messages.create(ASK);
    await defining;
    await meanwhile;
    expect(figures(here).reserved).toBeGreaterThan(OUTPUT_USD);
    expect(figures(here).spent).toBe(
      (past ?? 0n) + (here.simulator.calls()[1]?.bill.totalPicoUsd ?? 0n),
    );
    expect((await failure(here.client.messages.create(ASK))).status).toBe(429);
    gate.resolve();
    await stream.finalMessage();
    expect(figures(here)).toEqual({ spent: billed(here), reserved: 0n });
  });
});
