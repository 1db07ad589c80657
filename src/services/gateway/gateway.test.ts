import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  header,
  postMessages,
  sendRaw,
  startBed,
  turn,
  type UpstreamCall,
} from "../../../test/corpus/gateway-bed.ts";
import { PurserError } from "../../base/index.ts";
import type { LedgerWriter } from "../../stores/contracts/index.ts";
import { DEFAULT_GATEWAY_SETTINGS } from "./index.ts";

const REQUEST = JSON.stringify({
  model: "claude-opus-5-5",
  max_tokens: 1_000,
  stream: true,
  messages: [{ role: "user", content: "hello" }],
});
const USAGE = { input_tokens: 10, cache_read_input_tokens: 0, output_tokens: 2 };
const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-opus-5-5",
  content: [],
  usage: USAGE,
};
const START = event("message_start", { type: "message_start", message: MESSAGE });
const DELTA = event("content_block_delta", {
  type: "content_block_delta",
  index: 0,
  delta: {
    type: "text_delta",
    text: "Sixty bytes of text stand here, so that tokens can be seen.",
  },
});
const LAST = event("message_delta", {
  type: "message_delta",
  delta: { stop_reason: "end_turn" },
  usage: { output_tokens: 40 },
});
const STOP = event("message_stop", { type: "message_stop" });
const ERROR = event("error", {
  type: "error",
  error: { type: "overloaded_error", message: "Overloaded" },
});

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

const STREAM_HEAD =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_1\r\ntransfer-encoding: chunked\r\n\r\n";

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** A client that reads as it is told, on one connection. */
function openClient(port: number, request: Buffer | string) {
  const socket = connect({ port, host: "127.0.0.1" });
  let received = "";
  const waiting: { text: string; resolve: () => void }[] = [];
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
    for (const one of waiting) if (received.includes(one.text)) one.resolve();
  });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.write(request);
  const until = (text: string): Promise<void> =>
    received.includes(text)
      ? Promise.resolve()
      : new Promise((resolve) => waiting.push({ text, resolve }));
  return { socket, closed, until, received: () => received };
}

/** A promise and the hand that resolves it. */
function gate<T = void>() {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, open: resolve };
}

/** Settles only when told to. */
function heldLedger(release: Promise<void>) {
  return (inner: LedgerWriter): LedgerWriter => ({
    ...inner,
    settle: async (entry) => {
      await release;
      await inner.settle(entry);
    },
  });
}

const brokenLedger =
  (part: "open" | "settle") =>
  (inner: LedgerWriter): LedgerWriter => ({
    ...inner,
    [part]: () => Promise.reject(new PurserError("LEDGER_UNWRITABLE", { what: "disk full" })),
  });

describe("startGateway", () => {
  test("startGateway holds an answer's last event until the exchange is settled", async () => {
    const release = gate();
    await using bed = await startBed({
      wrapLedger: heldLedger(release.promise),
      script: ({ socket }) => {
        socket.write(STREAM_HEAD + chunk(START + DELTA + LAST) + chunk(STOP) + chunk(""));
      },
    });
    const client = openClient(bed.gateway.port, postMessages(REQUEST));
    await client.until("message_delta");
    for (let round = 0; round < 20; round += 1) await turn();
    expect(client.received()).not.toContain("message_stop");
    expect(client.received()).not.toMatch(/event: message_s(?!tart)/);
    release.open();
    await client.until('{"type":"message_stop"}\n\n\r\n0\r\n\r\n');
    expect(bed.settled[0]).toMatchObject({
      outcome: "completed",
      requestId: "req_1",
      messageId: "msg_1",
      stopReason: "end_turn",
      measured: { final: true, usage: { inputTokens: 10, outputTokens: 40 } },
      estimated: null,
    });
    client.socket.destroy();
  });

  test("startGateway holds the last bytes of a body of known length", async () => {
    const release = gate();
    const begun = gate();
    const body = JSON.stringify({ ...MESSAGE, stop_reason: "end_turn" });
    await using bed = await startBed({
      wrapLedger: heldLedger(release.promise),
      script: ({ socket }) => {
        const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
        socket.write(head + body.slice(0, 20));
        void begun.promise.then(() => socket.write(body.slice(20)));
      },
    });
    const client = openClient(bed.gateway.port, postMessages(REQUEST));
    await client.until(body.slice(0, 20));
    begun.open();
    for (let round = 0; round < 20; round += 1) await turn();
    expect(client.received()).not.toContain(body.slice(-10));
    release.open();
    await client.until(body);
    client.socket.destroy();
  });

  test("startGateway passes the first event on before the second is there", async () => {
    const upstream = gate<UpstreamCall>();
    await using bed = await startBed({ script: upstream.open });
    const client = openClient(bed.gateway.port, postMessages(REQUEST));
    const { socket } = await upstream.promise;
    socket.write(STREAM_HEAD);
    await client.until("content-type: text/event-stream");
    socket.write(chunk(START));
    await client.until("message_start");
    socket.write(chunk(DELTA + LAST + STOP) + chunk(""));
    await client.until("message_stop");
    client.socket.destroy();
  });

  test("startGateway cancels the upstream when the client leaves, and tells measured from estimated", async () => {
    const left = gate();
    await using bed = await startBed({
      script: ({ socket }) => {
        socket.on("close", left.open);
        socket.write(STREAM_HEAD + chunk(START + DELTA));
      },
    });
    const client = openClient(bed.gateway.port, postMessages(REQUEST));
    await client.until("text_delta");
    client.socket.destroy();
    await left.promise;
    await bed.untilSettled(1);
    const [settled] = bed.settled;
    expect(settled).toMatchObject({
      outcome: "client-left",
      measured: { final: false, total: 10n * 4_000_000n + 2n * 20_000_000n },
    });
    const { estimated } = settled ?? {};
    expect(estimated?.outputTokens).toBeGreaterThan(5);
    expect(estimated?.total).toBe(BigInt(estimated?.outputTokens ?? 0) * 20_000_000n);
  });

  test("startGateway estimates up to max_tokens where the whole answer is assumed to be billed", async () => {
    await using bed = await startBed({
      settings: { billedAfterCut: "whole-answer" },
      script: ({ socket }) => void socket.write(STREAM_HEAD + chunk(START + DELTA)),
    });
    const client = openClient(bed.gateway.port, postMessages(REQUEST));
    await client.until("text_delta");
    client.socket.destroy();
    await bed.untilSettled(1);
    expect(bed.settled[0]?.estimated?.outputTokens).toBe(998);
  });

  test("startGateway drains the upstream where it is set to, and bills the whole answer", async () => {
    const upstream = gate<UpstreamCall>();
    await using bed = await startBed({
      settings: { onClientGone: "drain" },
      script: (call) => {
        call.socket.write(STREAM_HEAD + chunk(START + DELTA));
        upstream.open(call);
      },
    });
    const client = openClient(bed.gateway.port, postMessages(REQUEST));
    await client.until("text_delta");
    client.socket.destroy();
    await client.closed;
    for (let round = 0; round < 20; round += 1) await turn();
    const { socket } = await upstream.promise;
    socket.write(chunk(LAST + STOP) + chunk(""));
    await bed.untilSettled(1);
    expect(bed.settled[0]).toMatchObject({
      outcome: "client-left",
      estimated: null,
      measured: { final: true, usage: { outputTokens: 40 } },
    });
  });

  test("startGateway stops draining at its limit of bytes", async () => {
    await using bed = await startBed({
      settings: { onClientGone: "drain", drainBytesMax: 4_000 },
      script: ({ socket }) => {
        socket.write(STREAM_HEAD + chunk(START));
        const timer = setInterval(() => socket.write(chunk(DELTA)), 0);
        socket.on("close", () => clearInterval(timer));
      },
    });
    const client = openClient(bed.gateway.port, postMessages(REQUEST));
    await client.until("text_delta");
    client.socket.destroy();
    await bed.untilSettled(1);
    expect(bed.settled[0]).toMatchObject({ outcome: "client-left", measured: { final: false } });
  });

  test("startGateway charges its worst case when the client leaves before the answer begins", async () => {
    const upstream = gate<UpstreamCall>();
    await using bed = await startBed({ script: upstream.open });
    const client = openClient(bed.gateway.port, postMessages(REQUEST));
    await upstream.promise;
    client.socket.destroy();
    await bed.untilSettled(1);
    expect(bed.settled[0]).toMatchObject({
      outcome: "client-left",
      measured: null,
      unbilledReason: "not-reported",
      estimated: { total: bed.opened[0]?.worstCase.amount },
    });
  });

  test("startGateway passes an error event on and does not bill it", async () => {
    await using bed = await startBed({
      script: ({ socket }) =>
        void socket.write(STREAM_HEAD + chunk(START + DELTA + ERROR) + chunk("")),
    });
    const answer = await sendRaw(bed.gateway.port, postMessages(REQUEST));
    expect(answer.body.toString()).toBe(START + DELTA + ERROR);
    await bed.untilSettled(1);
    expect(bed.settled[0]).toMatchObject({
      outcome: "stream-error",
      errorType: "overloaded_error",
      measured: null,
      unbilledUsage: { usage: { inputTokens: 10 } },
    });
  });

  test("startGateway cuts the client off where the upstream was cut off, and settles what was seen", async () => {
    await using bed = await startBed({
      script: ({ socket }) => {
        socket.write(STREAM_HEAD + chunk(START + DELTA), () => socket.destroy());
      },
    });
    const answer = await sendRaw(bed.gateway.port, postMessages(REQUEST));
    expect(answer.whole).toBe(false);
    expect(answer.body.toString()).toBe(START + DELTA);
    await bed.untilSettled(1);
    expect(bed.settled[0]).toMatchObject({ outcome: "stream-cut", measured: { final: false } });
  });

  test("startGateway passes an upstream's error through with its headers, unbilled", async () => {
    const body = JSON.stringify({
      type: "error",
      error: { type: "rate_limit_error", message: "slow" },
    });
    await using bed = await startBed({
      script: ({ socket }) => {
        const lines = ["retry-after: 7", "x-should-retry: true", `content-length: ${body.length}`];
        socket.write(`HTTP/1.1 429 Too Many\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
      },
    });
    const answer = await sendRaw(bed.gateway.port, postMessages(REQUEST));
    expect(answer.status).toBe(429);
    expect(header(answer, "retry-after")).toBe("7");
    expect(header(answer, "x-should-retry")).toBe("true");
    expect(answer.body.toString()).toBe(body);
    expect(bed.settled[0]).toMatchObject({
      outcome: "upstream-error",
      httpStatus: 429,
      errorType: "rate_limit_error",
      unbilledReason: "not-billed: the provider answered 429",
    });
  });

  test("startGateway refuses calls while the ledger cannot be written, and forwards nothing", async () => {
    await using bed = await startBed({ wrapLedger: brokenLedger("open") });
    const answer = await sendRaw(bed.gateway.port, postMessages(REQUEST));
    expect(answer.status).toBe(503);
    expect(header(answer, "x-should-retry")).toBe("false");
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      type: "error",
      error: { type: "api_error", details: { error_code: "GATEWAY_LEDGER_REFUSED" } },
    });
    expect(bed.upstream.calls).toEqual([]);
    expect(bed.gateway.counters()).toMatchObject({ ledgerRefusals: 1 });
    expect(bed.events.map((entry) => entry.event)).toContain("ledger-refused");
  });

  test("startGateway passes calls unmetered where it is set to, and counts them aloud", async () => {
    await using bed = await startBed({
      wrapLedger: brokenLedger("open"),
      settings: { onLedgerFailure: "pass-unmetered" },
      script: ({ socket }) =>
        void socket.write(STREAM_HEAD + chunk(START + LAST + STOP) + chunk("")),
    });
    const answer = await sendRaw(bed.gateway.port, postMessages(REQUEST));
    expect(answer.body.toString()).toBe(START + LAST + STOP);
    expect(bed.gateway.counters()).toMatchObject({ passedUnmetered: 1, ledgerRefusals: 1 });
    expect(bed.settled).toEqual([]);
  });

  test("startGateway does not complete an answer that it could not settle", async () => {
    await using bed = await startBed({
      wrapLedger: brokenLedger("settle"),
      script: ({ socket }) =>
        void socket.write(STREAM_HEAD + chunk(START + LAST + STOP) + chunk("")),
    });
    const answer = await sendRaw(bed.gateway.port, postMessages(REQUEST));
    expect(answer.whole).toBe(false);
    expect(answer.body.toString()).toBe(START + LAST);
    expect(bed.gateway.counters()).toMatchObject({ settleFailures: 1 });
  });

  test("startGateway pauses the upstream while the client does not read", async () => {
    const big = Buffer.alloc(256 * 1024, "x");
    let written = 0;
    const stalled = gate();
    await using bed = await startBed({
      script: ({ socket }) => {
        socket.write(
          "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\nconnection: close\r\n\r\n",
        );
        const more = (): void => {
          written += big.length;
          if (socket.write(big)) setImmediate(more);
          else stalled.open();
        };
        more();
      },
    });
    const socket = connect({ port: bed.gateway.port, host: "127.0.0.1" });
    socket.pause();
    socket.write("GET /v1/files/x/content HTTP/1.1\r\nhost: g\r\n\r\n");
    await stalled.promise;
    for (let round = 0; round < 50; round += 1) await turn();
    expect(bed.gateway.counters().responseBytes).toBeLessThan(64 * 1024 * 1024);
    expect(bed.gateway.counters().responseBytes).toBeLessThanOrEqual(written);
    socket.destroy();
  });

  test("startGateway lets go of an upstream that was paused for a client that left after the last event", async () => {
    // Behind an unanswered request on its connection, an answer fills the buffer and is not taken.
    const upstream = gate<UpstreamCall>();
    const bed = await startBed({
      script: (call) => {
        if (call.head.startsWith("POST")) upstream.open(call);
      },
    });
    const waiting = "GET /v1/models HTTP/1.1\r\nhost: g\r\n\r\n";
    const client = openClient(bed.gateway.port, waiting + postMessages(REQUEST).toString());
    const { socket } = await upstream.promise;
    const first = START + DELTA.repeat(Math.floor((64_000 - START.length) / DELTA.length));
    socket.write(STREAM_HEAD + chunk(first));
    while (bed.gateway.counters().responseBytes < first.length) await turn();
    socket.write(chunk(DELTA.repeat(20) + LAST + STOP));
    await bed.untilSettled(1);
    client.socket.destroy();
    await client.closed;
    socket.write(chunk(""));
    await bed.gateway.close({ graceMs: 60_000 });
    expect(bed.settled[0]).toMatchObject({ outcome: "completed" });
    await bed[Symbol.asyncDispose]();
  });

  test.each(["before", "after"] as const)(
    "startGateway does not wait for an upstream that never ends its answer, when the client left %s the close",
    async (left) => {
      const bed = await startBed({
        script: ({ socket }) => void socket.write(STREAM_HEAD + chunk(START + LAST + STOP)),
      });
      const client = openClient(bed.gateway.port, postMessages(REQUEST));
      await client.until("message_stop");
      await bed.untilSettled(1);
      const leave = async (): Promise<void> => {
        client.socket.destroy();
        await client.closed;
        while (bed.gateway.counters().inFlight > 0) await turn();
      };
      if (left === "before") await leave();
      const closed = bed.gateway.close({ graceMs: 600_000 });
      if (left === "after") await leave();
      await closed;
      expect(bed.settled[0]).toMatchObject({ outcome: "completed", measured: { final: true } });
      await bed[Symbol.asyncDispose]();
    },
  );

  test("startGateway ends and settles what is still running when its time to close is over", async () => {
    const bed = await startBed({
      script: ({ socket }) => void socket.write(STREAM_HEAD + chunk(START + DELTA)),
    });
    const client = openClient(bed.gateway.port, postMessages(REQUEST));
    await client.until("text_delta");
    await bed.gateway.close({ graceMs: 0 });
    await client.closed;
    expect(client.received()).not.toContain("0\r\n\r\n");
    expect(bed.settled[0]).toMatchObject({ outcome: "timeout", errorType: "GATEWAY_CLOSING" });
    await bed[Symbol.asyncDispose]();
  });

  test("startGateway lets a running answer finish while it closes", async () => {
    const upstream = gate<UpstreamCall>();
    const bed = await startBed({
      script: (call) => {
        call.socket.write(STREAM_HEAD + chunk(START + DELTA));
        upstream.open(call);
      },
    });
    const client = openClient(bed.gateway.port, postMessages(REQUEST));
    await client.until("text_delta");
    const closed = bed.gateway.close({ graceMs: 30_000 });
    const { socket } = await upstream.promise;
    socket.write(chunk(LAST + STOP) + chunk(""));
    await closed;
    await client.until("message_stop");
    expect(bed.settled[0]).toMatchObject({ outcome: "completed" });
    await bed[Symbol.asyncDispose]();
  });

  test("startGateway puts the SDK's retry of a failed call under the same call id", async () => {
    let attempts = 0;
    await using bed = await startBed({
      script: ({ socket }) => {
        attempts += 1;
        socket.write(
          attempts === 1
            ? "HTTP/1.1 529 Overloaded\r\ncontent-length: 0\r\n\r\n"
            : STREAM_HEAD + chunk(START + LAST + STOP) + chunk(""),
        );
      },
    });
    await sendRaw(bed.gateway.port, postMessages(REQUEST, ["x-stainless-retry-count: 0"]));
    await sendRaw(bed.gateway.port, postMessages(REQUEST, ["x-stainless-retry-count: 1"]));
    await sendRaw(bed.gateway.port, postMessages(REQUEST, ["x-stainless-retry-count: 0"]));
    const [first, second, third] = bed.opened;
    expect(second?.call).toBe(first?.call);
    expect(second?.exchange).not.toBe(first?.exchange);
    expect(third?.call).not.toBe(first?.call);
  });

  test("startGateway goes through an HTTP proxy, whose password is in no log and no answer", async () => {
    let asked = "";
    const tunnels: Duplex[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket, head) => {
      asked = String(request.headers["proxy-authorization"]);
      const [host, port] = (request.url ?? "").split(":");
      const onward = connect({ host: host ?? "", port: Number(port) }, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      for (const side of [onward, socket]) {
        tunnels.push(side);
        side.on("error", () => side.destroy());
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const bed = await startBed({
      settings: { upstreamProxy: `http://user:hush-hush@127.0.0.1:${port}` },
      script: ({ socket }) =>
        void socket.write(STREAM_HEAD + chunk(START + LAST + STOP) + chunk("")),
    });
    const answer = await sendRaw(bed.gateway.port, postMessages(REQUEST));
    expect(answer.body.toString()).toBe(START + LAST + STOP);
    expect(Buffer.from(asked.split(" ")[1] ?? "", "base64").toString()).toBe("user:hush-hush");
    for (const tunnel of tunnels) tunnel.destroy();
    await new Promise<void>((resolve) => proxy.close(() => resolve()));
    const refused = await sendRaw(bed.gateway.port, postMessages(REQUEST));
    expect(refused.status).toBe(502);
    expect(JSON.stringify(bed.events) + refused.body.toString()).not.toContain("hush");
    await bed[Symbol.asyncDispose]();
  });

  test("startGateway keeps the upstream's path prefix", async () => {
    await using bed = await startBed({
      upstreamUrl: (port) => `http://127.0.0.1:${port}/claude/`,
      script: ({ socket }) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
    });
    await sendRaw(bed.gateway.port, "GET /v1/models?limit=1 HTTP/1.1\r\nhost: g\r\n\r\n");
    expect(bed.upstream.calls[0]?.head).toMatch(/^GET \/claude\/v1\/models\?limit=1 HTTP/);
  });

  test("startGateway says which setting it cannot use, and never shows a password", async () => {
    const proxied = startBed({ settings: { upstreamProxy: "socks://user:hush@proxy" } });
    await expect(proxied).rejects.toMatchObject({ code: "GATEWAY_SETTINGS_INVALID" });
    await expect(proxied).rejects.not.toThrow(/hush/);
    const upstream = startBed({ settings: { upstream: "http://key:hush@upstream" } });
    await expect(upstream).rejects.toMatchObject({ where: "gateway.upstream" });
  });

  test("startGateway says that its port is taken", async () => {
    await using bed = await startBed();
    const second = startBed({ settings: { port: bed.gateway.port } });
    await expect(second).rejects.toMatchObject({ code: "GATEWAY_PORT_UNUSABLE" });
  });

  test("DEFAULT_GATEWAY_SETTINGS takes bodies as large as the provider does, on loopback", () => {
    expect(DEFAULT_GATEWAY_SETTINGS).toMatchObject({
      host: "127.0.0.1",
      port: 4141,
      requestBodyBytesMax: 32 * 1024 * 1024,
      onClientGone: "cancel",
      onLedgerFailure: "refuse",
    });
  });
});
