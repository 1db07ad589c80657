/**
 * The upstream of the bench, in a process of its own: canned Messages answers over raw sockets, so
 * that it costs next to nothing. A request for a stream gets its events over time. Prints its port.
 */
import { createServer, type Socket } from "node:net";

const STREAM_DELTAS = 20;
const STREAM_DELTA_EVERY_MS = 25;
const USAGE = {
  input_tokens: 1_800,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  output_tokens: 64,
  service_tier: "standard",
  inference_geo: "global",
};
const TEXT = "Counted, written down and locked away. ".repeat(6);

const MESSAGE = {
  id: "msg_bench",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-5-5",
  content: [{ type: "text", text: TEXT }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: USAGE,
};

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
}

const HEAD_EVENTS =
  event("message_start", {
    message: { ...MESSAGE, content: [], stop_reason: null, usage: { ...USAGE, output_tokens: 1 } },
  }) + event("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
const DELTA_EVENT = event("content_block_delta", {
  index: 0,
  delta: { type: "text_delta", text: "Counted, and written down. " },
});
const TAIL_EVENTS =
  event("content_block_stop", { index: 0 }) +
  event("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 64 } }) +
  event("message_stop", {});

const json = JSON.stringify(MESSAGE);
const WHOLE = Buffer.from(
  "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nrequest-id: req_bench\r\n" +
    `content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
);
const STREAM_HEAD =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nrequest-id: req_bench\r\n" +
  "transfer-encoding: chunked\r\n\r\n";

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

const FIRST = Buffer.from(STREAM_HEAD + chunk(HEAD_EVENTS));
const NEXT = Buffer.from(chunk(DELTA_EVENT));
const LAST = Buffer.from(`${chunk(TAIL_EVENTS)}0\r\n\r\n`);

function sendStream(socket: Socket): void {
  socket.write(FIRST);
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) return clearInterval(timer);
    sent += 1;
    if (sent <= STREAM_DELTAS) return void socket.write(NEXT);
    clearInterval(timer);
    socket.write(LAST);
  }, STREAM_DELTA_EVERY_MS);
}

/** Reads requests off one socket by their content-length (or chunked end) and answers each. */
function serve(socket: Socket): void {
  let pending = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    for (let size = requestSize(pending); size > 0; size = requestSize(pending)) {
      const wantsStream = pending.subarray(0, size).includes('"stream":true');
      pending = pending.subarray(size);
      if (wantsStream) sendStream(socket);
      else socket.write(WHOLE);
    }
  });
}

function requestSize(bytes: Buffer): number {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return 0;
  const head = bytes.toString("latin1", 0, headEnd).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(head);
  if (length !== null) {
    const size = headEnd + 4 + Number(length[1]);
    return bytes.length >= size ? size : 0;
  }
  if (!head.includes("transfer-encoding: chunked")) return headEnd + 4;
  const end = bytes.indexOf("\r\n0\r\n\r\n", headEnd);
  return end < 0 ? 0 : end + 7;
}

const server = createServer(serve);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(
    `${JSON.stringify({ port: typeof address === "object" ? address?.port : 0 })}\n`,
  );
});
process.on("SIGTERM", () => process.exit(0));
process.stdin.on("end", () => process.exit(0)).resume();
