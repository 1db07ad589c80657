/** Bad input at the gateway's port, and from the upstream: a coded error or a defined behaviour each. */
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { instant } from "../../src/base/index.ts";
import {
  header,
  postMessages,
  type RawAnswer,
  SYSTEM_CLOCK,
  sendRaw,
  startBed,
  type UpstreamScript,
} from "../corpus/gateway-bed.ts";

const BAD_REQUEST = JSON.stringify({
  type: "error",
  error: { type: "invalid_request_error", message: "no" },
});

const answer400: UpstreamScript = ({ socket }) => {
  socket.write(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${BAD_REQUEST.length}\r\n\r\n${BAD_REQUEST}`,
  );
};

const answerMessage =
  (model: string): UpstreamScript =>
  ({ socket }) => {
    const body = JSON.stringify({
      id: "msg_1",
      type: "message",
      model,
      content: [{ type: "text", text: "hi" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 5, output_tokens: 3 },
    });
    const head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`);
  };

const SMALL = JSON.stringify({
  model: "claude-opus-5-5",
  max_tokens: 10,
  messages: [{ role: "user", content: "hi" }],
});

/** A prompt of 50,000 levels, which JSON allows and a recursive walk does not survive. */
function nested(open: string, close: string): string {
  const levels = 50_000;
  const content = `${open.repeat(levels)}"x"${close.repeat(levels)}`;
  return `{"model":"claude-opus-5-5","max_tokens":5,"messages":[{"role":"user","content":${content}}]}`;
}

function codeOf(answer: RawAnswer): string {
  const body = JSON.parse(answer.body.toString()) as {
    type: string;
    error: { type: string; details: { error_code: string } };
  };
  expect(body.type).toBe("error");
  return body.error.details.error_code;
}

describe("the gateway's port", () => {
  test.each([
    ["not JSON", "{not json"],
    ["a list", "[1, 2]"],
    ["nothing", ""],
    ["wrong types", '{"model": 7, "messages": "x", "max_tokens": "many", "stream": "yes"}'],
    ["messages that are none", '{"model": "claude-opus-5-5", "max_tokens": 5, "messages": [null]}'],
    ["blocks nested deeper than a stack", nested('[{"type":"tool_result","content":', "}]")],
    ["an input nested deeper than a stack", nested('[{"type":"tool_use","input":', "}]")],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ])("a body of %s is forwarded as it is, and opened without a prompt", async (_what, body) => {
    await using bed = await startBed({ script: answer400 });
    const answer = await sendRaw(bed.gateway.port, postMessages(body));
    expect(answer.body.toString()).toBe(BAD_REQUEST);
    expect(bed.upstream.calls[0]?.body.equals(Buffer.from(body))).toBe(true);
    expect(bed.opened[0]).toMatchObject({ prompt: null, requestBytes: Buffer.from(body).length });
    expect(bed.settled[0]).toMatchObject({ outcome: "upstream-error", measured: null });
  });

  test("an unknown model is forwarded, settled as unpriced, and said aloud", async () => {
    await using bed = await startBed({ script: answerMessage("claude-opus-9") });
    const body = SMALL.replace("claude-opus-5-5", "claude-opus-9");
    const answer = await sendRaw(bed.gateway.port, postMessages(body));
    expect(answer.status).toBe(200);
    expect(bed.settled[0]).toMatchObject({
      outcome: "completed",
      measured: null,
      unbilledReason: "unpriced: unknown-model",
      unbilledUsage: { usage: { inputTokens: 5, outputTokens: 3 } },
    });
    expect(bed.gateway.counters().unpriced).toBe(1);
    expect(bed.events.map(({ event }) => event)).toContain("answer-unpriced");
  });

  test("a body of 33 MB is refused in the API's own shape, by its length and by its bytes", async () => {
    await using bed = await startBed();
    const announced = `POST /v1/messages HTTP/1.1\r\nhost: g\r\ncontent-length: ${33 * 1024 * 1024}\r\n\r\n`;
    const byLength = await sendRaw(bed.gateway.port, announced);
    expect(byLength.status).toBe(413);
    expect(JSON.parse(byLength.body.toString())).toMatchObject({
      type: "error",
      error: { type: "request_too_large", details: { error_code: "GATEWAY_BODY_TOO_LARGE" } },
    });
    const mebibyte = Buffer.alloc(1024 * 1024, "x");
    const chunked = Array.from({ length: 33 }, () => [
      Buffer.from("100000\r\n"),
      mebibyte,
      Buffer.from("\r\n"),
    ]).flat();
    const head = "POST /v1/messages HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n";
    const byBytes = await sendRaw(
      bed.gateway.port,
      Buffer.concat([Buffer.from(head), ...chunked, Buffer.from("0\r\n\r\n")]),
    );
    expect(codeOf(byBytes)).toBe("GATEWAY_BODY_TOO_LARGE");
    expect(bed.upstream.calls).toEqual([]);
    expect(bed.opened).toEqual([]);
  });

  test("a body just within the limit goes through", async () => {
    await using bed = await startBed({
      script: answerMessage("claude-opus-5-5"),
      settings: { requestBodyBytesMax: SMALL.length },
    });
    expect((await sendRaw(bed.gateway.port, postMessages(SMALL))).status).toBe(200);
    expect((await sendRaw(bed.gateway.port, postMessages(`${SMALL} `))).status).toBe(413);
  });

  test.each([
    [
      "two content-lengths",
      "POST /v1/messages HTTP/1.1\r\nhost: g\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}x",
    ],
    [
      "a length and chunks",
      "POST /v1/messages HTTP/1.1\r\nhost: g\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a header with a bare CR", "GET /v1/models HTTP/1.1\r\nhost: g\r\nx-bad: a\rb\r\n\r\n"],
    ["a header with a NUL", "GET /v1/models HTTP/1.1\r\nhost: g\r\nx-bad: a\0b\r\n\r\n"],
    ["a header name with a space", "GET /v1/models HTTP/1.1\r\nhost: g\r\nx bad: a\r\n\r\n"],
    ["something that is not HTTP", "\x16\x03\x01\x02\x00\x01hello"],
  ])("%s is answered 400 in the API's shape, and forwarded to nobody", async (_what, bytes) => {
    await using bed = await startBed({ script: answer400 });
    const answer = await sendRaw(bed.gateway.port, Buffer.from(bytes, "latin1"));
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toBe("GATEWAY_REQUEST_MALFORMED");
    expect(bed.upstream.calls).toEqual([]);
  });

  test.each([
    ["POST", "/v1/messages", "expect: foo"],
    ["POST", "/v1/messages/batches", "expect: foo"],
    ["POST", "/v1/messages", "transfer-encoding: gzip"],
    ["POST", "/v1/messages", "transfer-encoding: gzip, chunked"],
    ["POST", "/v1/messages/batches", "transfer-encoding: snappy"],
    ["GET", "/v1/models", "transfer-encoding: gzip"],
  ])(
    "%s %s with %s is answered in the API's shape, and forwarded to nobody",
    async (method, path, line) => {
      await using bed = await startBed({ script: answer400 });
      const request = `${method} ${path} HTTP/1.1\r\nhost: g\r\n${line}\r\n\r\n0\r\n\r\n`;
      const answer = await sendRaw(bed.gateway.port, request);
      expect([answer.status, codeOf(answer)]).toEqual([400, "GATEWAY_REQUEST_UNSUPPORTED"]);
      expect(header(answer, "x-should-retry")).toBe("false");
      expect(bed.upstream.calls).toEqual([]);
      expect(bed.gateway.counters().refusals).toEqual({ GATEWAY_REQUEST_UNSUPPORTED: 1 });
    },
  );

  test("expect: 100-continue is asked to go on, and its body is forwarded", async () => {
    await using bed = await startBed({ script: answerMessage("claude-opus-5-5") });
    const socket = connect({ port: bed.gateway.port, host: "127.0.0.1" });
    const { promise, resolve } = Promise.withResolvers<string>();
    let received = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      if (received === "") socket.write(SMALL);
      received += text;
      if (received.includes("msg_1")) resolve(received);
    });
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nhost: g\r\nexpect: 100-continue\r\ncontent-length: ${SMALL.length}\r\n\r\n`,
    );
    expect(await promise).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    socket.destroy();
  });

  test("a header value with an encoded line break stays one header", async () => {
    await using bed = await startBed({ script: answer400 });
    const lines = ["x-trick: a%0d%0ax-api-key: stolen", "x-purser-user: eve\u0085x"];
    await sendRaw(bed.gateway.port, postMessages(SMALL, lines));
    const head = bed.upstream.calls[0]?.head ?? "";
    expect(head).toContain("x-trick: a%0d%0ax-api-key: stolen\r\n");
    expect(head).not.toMatch(/^x-api-key:/m);
    expect(bed.opened[0]?.attributes.user).toBeNull();
    expect(bed.gateway.counters().droppedLabels).toBe(1);
  });

  test("too many header lines and too many header bytes are refused, none is lost in silence", async () => {
    await using bed = await startBed({
      script: answer400,
      settings: { requestHeaderCountMax: 50, requestHeaderBytesMax: 8_192 },
    });
    const many = Array.from({ length: 60 }, (_, index) => `x-${index}: 1`);
    const byCount = await sendRaw(bed.gateway.port, postMessages(SMALL, many));
    expect([byCount.status, codeOf(byCount)]).toEqual([431, "GATEWAY_HEADERS_TOO_LARGE"]);
    const large = [`x-large: ${"y".repeat(10_000)}`];
    const byBytes = await sendRaw(bed.gateway.port, postMessages(SMALL, large));
    expect([byBytes.status, codeOf(byBytes)]).toEqual([431, "GATEWAY_HEADERS_TOO_LARGE"]);
  });

  test.each([
    "/",
    "/v1",
    "/metrics",
    "/v1/../admin",
    "/v1//messages",
    "/v1/./messages",
    "/v1/x/../messages",
    "/v1/messages#x",
    "/v1/messages%23x",
    "/v1/%2e%2e/admin",
    "/v1/messages%2Fbatches",
    "/v1/%zz",
    "//evil.example/v1/messages",
    "http://evil.example/admin",
  ])("the path %s is not found, in the API's shape, and forwarded to nobody", async (path) => {
    await using bed = await startBed({ script: answer400 });
    const answer = await sendRaw(bed.gateway.port, postMessages(SMALL, [], path));
    expect([answer.status, codeOf(answer)]).toEqual([404, "GATEWAY_PATH_UNKNOWN"]);
    expect(bed.upstream.calls).toEqual([]);
  });

  test.each([
    "/v1/messages?beta=true",
    "/v1/%6dessages",
    "/v1/messages/",
    "/v1/Messages",
    "/v1/MESSAGES/",
    "http://any/v1/messages",
  ])("the path %s is metered: no spelling escapes the meter", async (path) => {
    await using bed = await startBed({ script: answerMessage("claude-opus-5-5") });
    await sendRaw(bed.gateway.port, postMessages(SMALL, [], path));
    expect(bed.settled[0]).toMatchObject({ outcome: "completed", measured: { final: true } });
  });

  test("a client that stops in the middle of its body is refused after its time", async () => {
    await using bed = await startBed({
      settings: { clientRequestTimeoutMs: 50, clientHeaderTimeoutMs: 50 },
    });
    const answer = await sendRaw(
      bed.gateway.port,
      "POST /v1/messages HTTP/1.1\r\nhost: g\r\ncontent-length: 100\r\n\r\n{",
    );
    expect([answer.status, codeOf(answer)]).toEqual([408, "GATEWAY_REQUEST_TIMEOUT"]);
    expect(bed.opened).toEqual([]);
  });

  test("calls above the limit of concurrent ones are refused with a word to try again", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using bed = await startBed({
      settings: { concurrentCallsMax: 1 },
      script: () => resolve(),
    });
    const socket = connect({ port: bed.gateway.port, host: "127.0.0.1" });
    socket.write(postMessages(SMALL));
    await promise;
    const second = await sendRaw(bed.gateway.port, postMessages(SMALL));
    expect([second.status, codeOf(second)]).toEqual([503, "GATEWAY_BUSY"]);
    expect(header(second, "x-should-retry")).toBe("true");
    socket.destroy();
  });

  test("bodies that are too large together are refused with a word to try again, until there is room", async () => {
    const { promise, resolve } = Promise.withResolvers<Socket>();
    await using bed = await startBed({
      settings: { requestBodiesBytesMax: 2 * SMALL.length - 1 },
      script: ({ socket }) => resolve(socket),
    });
    const first = connect({ port: bed.gateway.port, host: "127.0.0.1" });
    first.on("error", () => first.destroy());
    first.write(postMessages(SMALL));
    const upstream = await promise;
    const second = await sendRaw(bed.gateway.port, postMessages(SMALL));
    expect([second.status, codeOf(second)]).toEqual([529, "GATEWAY_BODIES_FULL"]);
    expect(JSON.parse(second.body.toString())).toMatchObject({
      error: { type: "overloaded_error" },
    });
    expect(header(second, "x-should-retry")).toBe("true");
    expect(header(second, "retry-after")).toBe("1");
    const chunked = `${SMALL.length.toString(16)}\r\n${SMALL}\r\n0\r\n\r\n`;
    const head = "POST /v1/messages HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n";
    expect(codeOf(await sendRaw(bed.gateway.port, head + chunked))).toBe("GATEWAY_BODIES_FULL");
    upstream.destroy();
    await bed.untilSettled(1);
    while (bed.gateway.counters().inFlight > 0) await new Promise(setImmediate);
    bed.upstream.script = answerMessage("claude-opus-5-5");
    for (let call = 0; call < 3; call += 1) {
      expect((await sendRaw(bed.gateway.port, postMessages(SMALL))).status).toBe(200);
    }
    first.destroy();
  });

  test("bad labels are dropped and counted, and the call goes through", async () => {
    await using bed = await startBed({ script: answerMessage("claude-opus-5-5") });
    const labels = [
      `x-purser-user: ${"u".repeat(300)}`,
      "x-purser-tags: ok=1, broken, =x, Bad Name=2, __proto__=3",
      `x-purser-team: ${Buffer.from("Größe").toString("latin1")}`,
    ];
    const answer = await sendRaw(bed.gateway.port, postMessages(SMALL, labels));
    expect(answer.status).toBe(200);
    expect(bed.opened[0]?.attributes).toMatchObject({
      user: null,
      team: "Größe",
      tags: { ok: "1" },
    });
    expect(bed.gateway.counters().droppedLabels).toBe(5);
    expect(bed.upstream.calls[0]?.head).not.toMatch(/x-purser/i);
  });

  test("no key is in the ledger, the log or an answer", async () => {
    await using bed = await startBed({ script: answer400 });
    const secrets = ["x-api-key: sk-ant-very-secret", "authorization: Bearer very-secret-token"];
    const answer = await sendRaw(bed.gateway.port, postMessages("{broken", secrets));
    const told = JSON.stringify(
      [bed.opened, bed.settled, bed.events, answer.lines, answer.body.toString()],
      (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value),
    );
    expect(told).not.toContain("very-secret");
    expect(bed.opened[0]?.attributes.key).toMatch(/^key_[0-9a-f]{16}$/);
  });

  test("a clock that jumps back gives ids that are unique and durations that are not negative", async () => {
    let jumps = 0;
    const now = () => instant(1_800_000_000_000 - 3_600_000 * jumps++);
    await using bed = await startBed({
      clock: { now, monotonicMs: SYSTEM_CLOCK.monotonicMs },
      script: answerMessage("claude-opus-5-5"),
    });
    for (let call = 0; call < 5; call += 1) await sendRaw(bed.gateway.port, postMessages(SMALL));
    expect(new Set(bed.opened.map(({ exchange }) => exchange)).size).toBe(5);
    const { addedBefore, addedAfter } = bed.gateway.counters();
    expect(addedBefore.sumMs).toBeGreaterThan(0);
    expect(addedAfter.sumMs).toBeGreaterThan(0);
    expect(bed.settled.every(({ measured }) => measured?.final)).toBe(true);
  });
});

describe("the upstream's side", () => {
  test.each([
    ["garbage", "this is not HTTP\r\n\r\n", "GATEWAY_UPSTREAM_GARBLED"],
    [
      "two content-lengths",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
      "GATEWAY_UPSTREAM_GARBLED",
    ],
    [
      "a header that is none",
      "HTTP/1.1 200 OK\r\nbroken\0name: x\r\n\r\n",
      "GATEWAY_UPSTREAM_GARBLED",
    ],
  ])("%s from the upstream is answered 502 with its code", async (_what, bytes, code) => {
    await using bed = await startBed({ script: ({ socket }) => void socket.end(bytes) });
    const answer = await sendRaw(bed.gateway.port, postMessages(SMALL));
    expect([answer.status, codeOf(answer)]).toEqual([502, code]);
    await bed.untilSettled(1);
    expect(bed.settled[0]).toMatchObject({ outcome: "upstream-unreachable", errorType: code });
  });

  test.each([
    ["closes", (socket: Socket) => socket.destroy()],
    ["resets the connection", (socket: Socket) => socket.resetAndDestroy()],
  ])(
    "an upstream that %s without a word is answered 502, and its worst case is charged: it may have served the call",
    async (_what, end) => {
      await using bed = await startBed({ script: ({ socket }) => void end(socket) });
      const answer = await sendRaw(bed.gateway.port, postMessages(SMALL));
      expect([answer.status, codeOf(answer)]).toEqual([502, "GATEWAY_UPSTREAM_UNREACHABLE"]);
      await bed.untilSettled(1);
      expect(bed.settled[0]).toMatchObject({
        outcome: "upstream-unreachable",
        measured: null,
        unbilledReason: "not-reported",
        estimated: { total: bed.opened[0]?.worstCase.amount },
      });
      expect(bed.opened[0]?.exchange).toBe(header(answer, "request-id"));
    },
  );

  test("an upstream that nobody listens on is answered 502, and is surely free: nothing was sent", async () => {
    await using bed = await startBed({ upstreamUrl: () => "http://127.0.0.1:1" });
    const answer = await sendRaw(bed.gateway.port, postMessages(SMALL));
    expect([answer.status, codeOf(answer)]).toEqual([502, "GATEWAY_UPSTREAM_UNREACHABLE"]);
    await bed.untilSettled(1);
    expect(bed.settled[0]).toMatchObject({
      outcome: "upstream-unreachable",
      estimated: null,
      unbilledReason: "not-billed: never forwarded",
    });
  });

  test("an upstream that never answers is answered 504, and its worst case is charged", async () => {
    await using bed = await startBed({ settings: { upstreamFirstByteTimeoutMs: 50 } });
    const answer = await sendRaw(bed.gateway.port, postMessages(SMALL));
    expect([answer.status, codeOf(answer)]).toEqual([504, "GATEWAY_UPSTREAM_TIMEOUT"]);
    await bed.untilSettled(1);
    expect(bed.settled[0]).toMatchObject({
      outcome: "timeout",
      estimated: { total: bed.opened[0]?.worstCase.amount },
    });
  });

  test("a stream cut in the middle of a character keeps its bytes, and is settled as cut", async () => {
    const start =
      'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","model":"claude-opus-5-5","usage":{"input_tokens":5,"output_tokens":1}}}\n\n';
    const delta = Buffer.from(
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"snow \u2603"}}\n\n',
    );
    const cut = delta.indexOf(Buffer.from("\u2603")) + 1;
    const sent = Buffer.concat([Buffer.from(start), delta.subarray(0, cut)]);
    await using bed = await startBed({
      script: ({ socket }) => {
        socket.write(
          "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n\r\n",
        );
        socket.end(sent);
      },
    });
    const answer = await sendRaw(bed.gateway.port, postMessages(SMALL));
    expect(answer.whole).toBe(false);
    expect(sent.subarray(0, answer.body.length).equals(answer.body)).toBe(true);
    expect(answer.body.toString()).toContain("message_start");
    await bed.untilSettled(1);
    expect(bed.settled[0]).toMatchObject({
      outcome: "stream-cut",
      measured: { final: false, usage: { inputTokens: 5 } },
    });
  });

  test.each([
    ["no JSON", "application/json", "<html>"],
    ["JSON that is no Message", "application/json", '{"hello": 1}'],
    ["no usage", "application/json", '{"type":"message","model":"claude-opus-5-5"}'],
  ])(
    "an answer of %s passes, and its worst case is charged as an estimate",
    async (_what, type, body) => {
      await using bed = await startBed({
        script: ({ socket }) =>
          void socket.write(
            `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
          ),
      });
      const answer = await sendRaw(bed.gateway.port, postMessages(SMALL));
      expect(answer.body.toString()).toBe(body);
      expect(bed.settled[0]).toMatchObject({
        measured: null,
        unbilledReason: "not-reported",
        estimated: { total: bed.opened[0]?.worstCase.amount },
      });
      expect(bed.gateway.counters().unmetered).toBe(1);
    },
  );

  test.each([
    ["an unknown encoding", "snappy"],
    ["an encoding that is not what it says", "gzip"],
  ])(
    "an answer with %s passes byte for byte, and its worst case is charged",
    async (_what, encoding) => {
      const body = Buffer.from([1, 2, 3, 0xff, 0xfe]);
      await using bed = await startBed({
        script: ({ socket }) => {
          socket.write(
            `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: ${encoding}\r\ncontent-length: 5\r\n\r\n`,
          );
          socket.write(body);
        },
      });
      const answer = await sendRaw(bed.gateway.port, postMessages(SMALL));
      expect(answer.body.equals(body)).toBe(true);
      expect(bed.settled[0]).toMatchObject({
        outcome: "completed",
        unbilledReason: "not-reported",
      });
      expect(bed.settled[0]?.estimated?.basis).toContain(encoding);
    },
  );

  test("usage that makes no sense is not billed as if it did", async () => {
    const body =
      '{"type":"message","model":"claude-opus-5-5","usage":{"input_tokens":-5,"output_tokens":1e400}}';
    await using bed = await startBed({
      script: ({ socket }) =>
        void socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
    });
    await sendRaw(bed.gateway.port, postMessages(SMALL));
    expect(bed.settled[0]).toMatchObject({ measured: null });
    expect(bed.settled[0]?.unbilledReason).toMatch(/^unpriced: usage\.\w+ cannot be read/);
  });
});
