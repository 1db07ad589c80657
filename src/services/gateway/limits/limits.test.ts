import { describe, expect, test } from "vitest";
import {
  type GatewayBed,
  header,
  postMessages,
  type RawAnswer,
  sendRaw,
  startBed,
  turn,
  type UpstreamCall,
} from "../../../../test/corpus/gateway-bed.ts";
import { instant } from "../../../base/index.ts";
import { compileShowback } from "../../../domain/billing/index.ts";
import { readBudget } from "../../../domain/budgets/index.ts";
import { compileCatalogue } from "../../../domain/catalogue/index.ts";
import type { LimitSettings } from "../../../domain/limits/index.ts";
import { compileLimits, type LimitPolicy, NO_POLICIES } from "../../../domain/policy/index.ts";
import { BudgetKeeper, type GatewayRules } from "../index.ts";

function limit(limits: LimitSettings, parts: Partial<LimitPolicy> = {}): LimitPolicy {
  return { name: "bound", lever: "limit", match: {}, mode: "apply", per: "all", limits, ...parts };
}

async function budgetOf(limit: string): Promise<BudgetKeeper> {
  const reading = readBudget({ name: "small", limit, window: "lifetime" });
  if (reading.kind === "problems") throw new Error(JSON.stringify(reading.problems));
  const clock = { now: () => instant(Date.now()), monotonicMs: () => performance.now() };
  const catalogue = compileCatalogue();
  const keeper = new BudgetKeeper({ catalogue, clock, log: () => {}, charges: null });
  await keeper.define([reading.definition]);
  return keeper;
}

function rulesWith(limits: readonly LimitPolicy[]): GatewayRules {
  return {
    ...{ catalogue: compileCatalogue(), showback: compileShowback([]), policies: NO_POLICIES },
    limits: compileLimits(limits),
    versions: { purser: "test", config: "next", prices: "test", policy: "test" },
  };
}

const MODEL = "claude-haiku-5-5";

function bodyOf(parts: object = {}): string {
  const messages = [{ role: "user", content: "hello" }];
  return JSON.stringify({ model: MODEL, max_tokens: 100, messages, ...parts });
}

function answerWith({ socket }: UpstreamCall, usage: object = {}): void {
  const body = JSON.stringify({
    ...{ id: "msg_1", type: "message", role: "assistant", model: MODEL, content: [] },
    ...{ stop_reason: "end_turn", stop_sequence: null },
    usage: { input_tokens: 10, output_tokens: 20, ...usage },
  });
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  socket.write(`${head}\r\n\r\n${body}`);
}

function ask(bed: GatewayBed, headers: readonly string[] = [], body = bodyOf()) {
  return sendRaw(bed.gateway.port, postMessages(body, headers));
}

function told(answer: RawAnswer) {
  const { error } = JSON.parse(answer.body.toString());
  return {
    status: answer.status,
    type: error.type,
    code: error.details.error_code,
    retry: header(answer, "x-should-retry"),
    after: header(answer, "retry-after"),
  };
}

/** A clock that stands until it is moved. */
function handClock() {
  const clock = { ms: 1_000_000, now: () => instant(1_800_000_000_000 + clock.ms) };
  const move = (ms: number): void => {
    clock.ms += ms;
  };
  return { move, ...clock, monotonicMs: () => clock.ms };
}

async function turns(): Promise<void> {
  for (let round = 0; round < 30; round += 1) await turn();
}

describe("limits", () => {
  test("limits on requests per minute refuse with the time that it takes, and refill", async () => {
    const clock = handClock();
    const limits = [limit({ requestsPerMinute: 2 })];
    await using bed = await startBed({ limits, clock, script: answerWith });
    expect((await ask(bed)).status).toBe(200);
    expect((await ask(bed)).status).toBe(200);
    expect(told(await ask(bed))).toEqual({
      ...{ status: 429, type: "rate_limit_error", code: "LIMIT_RATE" },
      ...{ retry: "true", after: "30" },
    });
    expect(bed.upstream.calls).toHaveLength(2);
    expect(bed.opened).toHaveLength(2);
    clock.move(29_999);
    expect((await ask(bed)).status).toBe(429);
    clock.move(1);
    expect((await ask(bed)).status).toBe(200);
    const { limitDecisions, refusals } = bed.gateway.counters();
    expect(limitDecisions).toEqual({ "limit bound: refused requests-per-minute": 2 });
    expect(refusals).toEqual({ LIMIT_RATE: 2 });
  });

  test("limits on tokens are corrected by what an answer used, and leave cache reads out", async () => {
    const clock = handClock();
    const limits = [limit({ outputTokensPerMinute: 300, inputTokensPerMinute: 10_000 })];
    const usage = { input_tokens: 5_000, cache_read_input_tokens: 90_000, output_tokens: 250 };
    await using bed = await startBed({ limits, clock, script: (call) => answerWith(call, usage) });
    expect((await ask(bed)).status).toBe(200);
    // 250 of 300 are used: 250 are expected of the next, and 50 are there.
    expect(told(await ask(bed, [], bodyOf({ max_tokens: 1_000 })))).toMatchObject({ after: "40" });
    expect(told(await ask(bed, [], bodyOf({ max_tokens: 60 })))).toMatchObject({ after: "2" });
    clock.move(40_000);
    expect((await ask(bed, [], bodyOf({ max_tokens: 1_000 }))).status).toBe(200);
  });

  test("limits refuse a call that a whole minute does not hold, and no retry helps", async () => {
    const limits = [limit({ inputTokensPerMinute: 50 })];
    await using bed = await startBed({ limits, script: answerWith });
    const long = bodyOf({ messages: [{ role: "user", content: "salt and rope ".repeat(100) }] });
    expect(told(await ask(bed, ["x-purser-wait: 30s"], long))).toMatchObject({
      ...{ status: 429, code: "LIMIT_CALL_TOO_LARGE", retry: "false", after: null },
    });
  });

  test("limits let calls wait in the order in which they came, where the caller says so", async () => {
    const waiting: UpstreamCall[] = [];
    const limits = [limit({ concurrentCalls: 1 })];
    await using bed = await startBed({ limits, script: (call) => void waiting.push(call) });
    const asked = ["first", "second", "third"].map(async (name) => {
      await turns();
      return ask(bed, [`x-purser-user: ${name}`, "x-purser-wait: 20s"]);
    });
    for (let served = 0; served < 3; served += 1) {
      while (waiting.length === 0) await turn();
      expect(bed.opened).toHaveLength(served + 1);
      expect(bed.gateway.counters().waiting).toBe(2 - served);
      expect(told(await ask(bed))).toMatchObject({ status: 429, after: "1" });
      const [call] = waiting.splice(0);
      if (call !== undefined) answerWith(call);
      await asked[served];
    }
    const users = bed.opened.map(({ attributes }) => attributes.user);
    expect(new Set(users)).toEqual(new Set(["first", "second", "third"]));
    expect(bed.opened.at(-1)?.decisions[0]).toMatch(/^limit waited \d+ms$/);
    expect(bed.gateway.counters()).toMatchObject({ waiting: 0 });
  });

  test("limits let others by where one caller waits at a limit of its own", async () => {
    const waiting: UpstreamCall[] = [];
    const limits = [
      limit({ requestsPerMinute: 100 }),
      limit({ concurrentCalls: 1 }, { name: "own", per: "user" }),
    ];
    await using bed = await startBed({ limits, script: (call) => void waiting.push(call) });
    const by = (user: string) => ask(bed, [`x-purser-user: ${user}`, "x-purser-wait: 20s"]);
    const first = by("busy");
    while (waiting.length === 0) await turn();
    const second = by("busy");
    while (bed.gateway.counters().waiting === 0) await turn();
    const other = by("other");
    while (waiting.length < 2) await turn();
    for (const call of waiting.splice(0)) answerWith(call);
    expect([(await first).status, (await other).status]).toEqual([200, 200]);
    while (waiting.length === 0) await turn();
    for (const call of waiting.splice(0)) answerWith(call);
    expect((await second).status).toBe(200);
  });

  test("limits answer whoever still waits when the gateway closes", async () => {
    const waiting: UpstreamCall[] = [];
    const limits = [limit({ concurrentCalls: 1, waitMsMax: 20_000 })];
    await using bed = await startBed({ limits, script: (call) => void waiting.push(call) });
    const first = ask(bed);
    while (waiting.length === 0) await turn();
    const second = ask(bed);
    while (bed.gateway.counters().waiting === 0) await turn();
    const closed = bed.gateway.close({ graceMs: 20_000 });
    expect(told(await second)).toMatchObject({ status: 429, code: "LIMIT_CONCURRENT" });
    for (const call of waiting.splice(0)) answerWith(call);
    expect((await first).status).toBe(200);
    await closed;
  });

  test("limits forget a call whose client left while it waited", async () => {
    const waiting: UpstreamCall[] = [];
    const limits = [limit({ concurrentCalls: 1, waitMsMax: 20_000 })];
    await using bed = await startBed({ limits, script: (call) => void waiting.push(call) });
    const first = ask(bed);
    while (waiting.length === 0) await turn();
    const { connect } = await import("node:net");
    const socket = connect({ port: bed.gateway.port, host: "127.0.0.1" });
    socket.write(postMessages(bodyOf()));
    while (bed.gateway.counters().waiting === 0) await turn();
    socket.destroy();
    while (bed.gateway.counters().waiting === 1) await turn();
    const [call] = waiting;
    if (call !== undefined) answerWith(call);
    expect((await first).status).toBe(200);
    await turns();
    expect(bed.opened).toHaveLength(1);
    expect(bed.gateway.counters()).toMatchObject({ inFlight: 0 });
  });

  test("limits on max_tokens refuse a call that asks for more", async () => {
    const limits = [limit({ maxTokens: 100 })];
    await using bed = await startBed({ limits, script: answerWith });
    expect((await ask(bed)).status).toBe(200);
    expect(told(await ask(bed, [], bodyOf({ max_tokens: 101 })))).toEqual({
      ...{ status: 400, type: "invalid_request_error", code: "LIMIT_MAX_TOKENS" },
      ...{ retry: "false", after: null },
    });
  });

  test("limits end a session at its calls, tokens or dollars, and no other session", async () => {
    const limits = [limit({ sessionTokens: 60, sessionCalls: 5 })];
    await using bed = await startBed({ limits, script: answerWith });
    const inSession = (name: string) => ask(bed, [`x-purser-session: ${name}`]);
    expect((await inSession("a")).status).toBe(200);
    expect((await inSession("a")).status).toBe(200);
    expect(told(await inSession("a"))).toMatchObject({
      ...{ status: 429, code: "LIMIT_SESSION", retry: "false", after: null },
    });
    expect((await inSession("b")).status).toBe(200);
    for (let call = 0; call < 4; call += 1) expect((await ask(bed)).status).toBe(200);
  });

  test("limits see the same prompt again and again, and take no retry for one", async () => {
    const limits = [limit({ repeatedCalls: 2 })];
    await using bed = await startBed({ limits, script: answerWith });
    const retry = ["x-stainless-retry-count: 1"];
    for (const headers of [[], retry, [], retry])
      expect((await ask(bed, headers)).status).toBe(200);
    expect(told(await ask(bed))).toMatchObject({ status: 429, code: "LIMIT_LOOP", retry: "false" });
    const other = bodyOf({ messages: [{ role: "user", content: "another" }] });
    expect((await ask(bed, [], other)).status).toBe(200);
  });

  test("limits see a model that calls one tool in circles, and turns without end", async () => {
    const limits = [limit({ repeatedToolCalls: 2, toolTurns: 3 })];
    await using bed = await startBed({ limits, script: answerWith });
    const turnsOf = (inputs: readonly string[]) => [
      { role: "user", content: "go" },
      ...inputs.flatMap((path, index) => [
        {
          role: "assistant",
          content: [{ type: "tool_use", id: `toolu_${index}`, name: "read", input: { path } }],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: `toolu_${index}`, content: "x" }],
        },
      ]),
    ];
    const code = async (inputs: readonly string[]) => {
      const answer = await ask(bed, [], bodyOf({ messages: turnsOf(inputs) }));
      return answer.status === 200 ? null : told(answer).code;
    };
    expect(await code(["a", "a"])).toBeNull();
    expect(await code(["a", "a", "a"])).toBe("LIMIT_LOOP");
    expect(await code(["a", "b", "a"])).toBeNull();
    expect(await code(["a", "b", "a", "b"])).toBe("LIMIT_LOOP");
  });

  test("limits that only advise let everything pass and write down what they would have done", async () => {
    const limits = [limit({ requestsPerMinute: 1 }, { mode: "advise" })];
    await using bed = await startBed({ limits, script: answerWith });
    for (let call = 0; call < 2; call += 1) expect((await ask(bed)).status).toBe(200);
    const decisions = bed.opened.map((entry) => entry.decisions);
    expect(decisions).toEqual([[], ["limit bound: would refuse requests-per-minute"]]);
    expect(bed.gateway.counters().limitDecisions).toEqual({
      "limit bound: would refuse requests-per-minute": 1,
    });
  });

  test("limits measure each value of their scope apart, and match like any policy", async () => {
    const limits = [
      limit({ requestsPerMinute: 1 }, { per: "user", match: { endpoints: ["chat"] } }),
    ];
    await using bed = await startBed({ limits, script: answerWith });
    const by = async (user: string, endpoint = "chat") => {
      const headers = [`x-purser-user: ${user}`, `x-purser-endpoint: ${endpoint}`];
      return (await ask(bed, headers)).status;
    };
    expect([await by("a"), await by("b"), await by("a"), await by("a", "mail")]).toEqual([
      200, 200, 429, 200,
    ]);
  });

  test("limits follow a reload, keep what was counted, and judge a waiting call by its own", async () => {
    const clock = handClock();
    const waiting: UpstreamCall[] = [];
    const limits = [limit({ concurrentCalls: 1, requestsPerMinute: 10 })];
    await using bed = await startBed({ limits, clock, script: (call) => void waiting.push(call) });
    const first = ask(bed);
    while (waiting.length === 0) await turn();
    const second = ask(bed, ["x-purser-wait: 20s"]);
    while (bed.gateway.counters().waiting === 0) await turn();
    // Both that began are taken from the smaller rate too, and one still runs.
    bed.gateway.useRules(rulesWith([limit({ concurrentCalls: 2, requestsPerMinute: 3 })]));
    // It would fit by the new limits; others were there before.
    expect(told(await ask(bed))).toMatchObject({ status: 429, code: "LIMIT_RATE", after: "1" });
    for (const answered of [first, second]) {
      while (waiting.length === 0) await turn();
      const call = waiting.shift();
      if (call !== undefined) answerWith(call);
      expect((await answered).status).toBe(200);
    }
    bed.upstream.script = answerWith;
    expect((await ask(bed)).status).toBe(200);
    expect(told(await ask(bed))).toMatchObject({ code: "LIMIT_RATE", after: "20" });
    bed.gateway.useRules(rulesWith([]));
    expect((await ask(bed)).status).toBe(200);
  });

  test("limits count a call out that was not put on record, or that no budget holds", async () => {
    const limits = [limit({ concurrentCalls: 1, inputTokensPerMinute: 40 })];
    let isBroken = true;
    await using bed = await startBed({
      ...{ limits, script: answerWith },
      wrapLedger: (ledger) => ({
        ...ledger,
        open: (entry) => (isBroken ? Promise.reject(new Error("full")) : ledger.open(entry)),
      }),
      budgets: await budgetOf("$0.002"),
    });
    for (let call = 0; call < 5; call += 1) {
      expect(told(await ask(bed))).toMatchObject({ code: "GATEWAY_LEDGER_REFUSED" });
    }
    isBroken = false;
    const dear = bodyOf({ max_tokens: 10_000 });
    for (let call = 0; call < 5; call += 1) {
      expect(told(await ask(bed, [], dear))).toMatchObject({ code: "BUDGET_EXCEEDED" });
    }
    expect((await ask(bed)).status).toBe(200);
    expect(bed.gateway.counters()).toMatchObject({ inFlight: 0 });
  });

  test("limits count a call out however it ends", async () => {
    const limits = [limit({ concurrentCalls: 1 })];
    await using bed = await startBed({ limits, script: ({ socket }) => void socket.destroy() });
    for (let call = 0; call < 3; call += 1) expect((await ask(bed)).status).toBe(502);
    bed.upstream.script = ({ socket }) => {
      socket.write("HTTP/1.1 429 Slow\r\ncontent-length: 2\r\n\r\n{}");
    };
    for (let call = 0; call < 3; call += 1) {
      expect((await ask(bed)).body.toString()).toBe("{}");
    }
  });
});
