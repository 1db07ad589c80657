import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import {
  postMessages,
  sendRaw,
  startBed,
  turn,
  type UpstreamCall,
} from "../../../test/corpus/gateway-bed.ts";
import { parseUsd } from "../../base/index.ts";
import type { LimitSettings } from "../../domain/limits/index.ts";
import type { LimitPolicy } from "../../domain/policy/index.ts";

const MODEL = "claude-haiku-5-5";

function limit(limits: LimitSettings, parts: Partial<LimitPolicy> = {}): LimitPolicy {
  return { name: "bound", lever: "limit", match: {}, mode: "apply", per: "all", limits, ...parts };
}

function event(data: { readonly type: string; readonly [key: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

const START = event({
  type: "message_start",
  message: {
    ...{ id: "msg_1", type: "message", role: "assistant", model: MODEL, content: [] },
    ...{ stop_reason: null, stop_sequence: null },
    usage: { input_tokens: 1_000, output_tokens: 1 },
  },
});
const WORDS = "salt and rope and ";

const delta = (index: number) =>
  event({ type: "content_block_delta", index, delta: { type: "text_delta", text: WORDS } });

/** A text that is over, and one without an end. */
const OPENING = [
  START,
  event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
  delta(0),
  event({ type: "content_block_stop", index: 0 }),
  event({ type: "content_block_start", index: 1, content_block: { type: "text", text: "" } }),
].join("");

/** Never ends by itself; cuts its bytes into pieces of `bytes`. Tells when it was left. */
function endless(bytes: number, left: () => void): (call: UpstreamCall) => void {
  return ({ socket }) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
    let isOpen = true;
    socket.on("error", () => {});
    socket.once("close", () => {
      isOpen = false;
      left();
    });
    let rest = OPENING;
    const write = (): void => {
      if (!isOpen) return;
      while (rest.length < bytes) rest += delta(1);
      socket.write(rest.slice(0, bytes));
      rest = rest.slice(bytes);
      setImmediate(write);
    };
    write();
  };
}

function clientOf(port: number): Anthropic {
  const baseURL = `http://127.0.0.1:${port}`;
  return new Anthropic({ baseURL, apiKey: "sk-ant-test", maxRetries: 0 });
}

const QUESTION = {
  model: MODEL,
  max_tokens: 100_000,
  messages: [{ role: "user" as const, content: "hello" }],
};

describe("the brake", () => {
  test.each([7, 150, 1_000, 5_000])(
    "the brake ends a stream at its session's tokens so that the SDK takes it for whole, in pieces of %i bytes",
    async (bytes) => {
      const left = Promise.withResolvers<void>();
      const limits = [limit({ sessionTokens: 1_500 })];
      const script = endless(bytes, left.resolve);
      await using bed = await startBed({ limits, script });
      const client = clientOf(bed.gateway.port);
      const headers = { "x-purser-session": "long" };
      const message = await client.messages.stream(QUESTION, { headers }).finalMessage();
      await left.promise;
      expect(message).toMatchObject({ id: "msg_1", stop_reason: "max_tokens" });
      const [first, second] = message.content;
      expect(first).toMatchObject({ type: "text", text: WORDS });
      expect(second?.type === "text" ? second.text : "").toMatch(/^(salt and rope and )+$/);
      // Settled before the last bytes left, with what nobody counted as an estimate.
      const [settled] = bed.settled;
      expect(bed.opened).toHaveLength(1);
      expect(settled).toMatchObject({
        ...{ outcome: "stream-cut", errorType: "LIMIT_SESSION", httpStatus: 200 },
        measured: { final: false, usage: { outputTokens: 1 } },
      });
      const output = 1 + (settled?.estimated?.outputTokens ?? 0);
      expect(message.usage).toMatchObject({ input_tokens: 1_000, output_tokens: output });
      expect(output).toBeGreaterThanOrEqual(500);
      expect(output).toBeLessThan(2_500);
      expect(bed.gateway.counters().limitDecisions).toEqual({
        "limit bound: ended session-tokens": 1,
      });
      const again = client.messages.create({ ...QUESTION, max_tokens: 10 }, { headers });
      await expect(again).rejects.toMatchObject({ status: 429 });
      while (bed.gateway.counters().inFlight > 0) await turn();
    },
  );

  test("the brake says why in a comment and in an event behind the end", async () => {
    const limits = [limit({ callUsd: "0.003" })];
    await using bed = await startBed({ limits, script: endless(200, () => {}) });
    const body = JSON.stringify({ ...QUESTION, stream: true });
    const request = postMessages(body, ["accept-encoding: gzip"]);
    const answer = (await sendRaw(bed.gateway.port, request)).body.toString();
    const [, ending = ""] = answer.split(": purser ended this answer: ");
    const lines = ending.split("\n").filter((line) => line.startsWith("event: "));
    expect(lines).toEqual([
      "event: content_block_stop",
      "event: message_delta",
      "event: message_stop",
      "event: purser_stop",
    ]);
    expect(ending).toContain('"code":"LIMIT_CALL_SPEND"');
    expect(ending).toContain(`"exchange":"${bed.opened[0]?.exchange}"`);
    const [settled] = bed.settled;
    const total = (settled?.measured?.total ?? 0n) + (settled?.estimated?.total ?? 0n);
    expect(total).toBeGreaterThanOrEqual(parseUsd("0.003"));
    expect(bed.upstream.calls[0]?.head).toMatch(/accept-encoding: identity/i);
    expect(bed.upstream.calls[0]?.head).not.toMatch(/gzip/);
  });

  test("the brake gives no end to an answer that could not be put on record", async () => {
    const limits = [limit({ callUsd: "0.003" })];
    await using bed = await startBed({
      ...{ limits, script: endless(200, () => {}) },
      wrapLedger: (ledger) => ({
        ...ledger,
        settle: () => Promise.reject(new Error("full")),
      }),
    });
    const stream = clientOf(bed.gateway.port).messages.stream(QUESTION);
    await expect(stream.finalMessage()).rejects.toThrow();
    while (bed.gateway.counters().inFlight > 0) await turn();
    expect(bed.gateway.counters()).toMatchObject({ settleFailures: 1 });
  });

  test("the brake leaves a stream alone that stays below, and one of a policy that only advises", async () => {
    const limits = [
      limit({ callUsd: "1000" }),
      limit({ callUsd: "0.000001" }, { name: "shadow", mode: "advise" }),
    ];
    const end = event({ type: "content_block_stop", index: 1 });
    const usage = { output_tokens: 7_000 };
    const stop = { stop_reason: "end_turn", stop_sequence: null };
    const last = event({ type: "message_delta", delta: stop, usage });
    const whole = [OPENING, delta(1).repeat(200), end, last, event({ type: "message_stop" })].join(
      "",
    );
    await using bed = await startBed({
      limits,
      script: ({ socket }) => {
        const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream";
        socket.end(`${head}\r\nconnection: close\r\n\r\n${whole}`);
      },
    });
    const body = JSON.stringify({ ...QUESTION, stream: true });
    const answer = await sendRaw(bed.gateway.port, postMessages(body));
    expect(answer.body.toString()).toBe(whole);
    expect(bed.settled[0]).toMatchObject({ outcome: "completed", stopReason: "end_turn" });
  });
});
