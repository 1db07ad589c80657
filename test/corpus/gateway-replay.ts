/** Serves a recorded exchange as real HTTP, framed and cut at random, from a seed. */
import type { Socket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { type Random, randomChoice, randomInteger } from "../../src/base/index.ts";
import { turn } from "./gateway-bed.ts";
import { bodyOf, type Row } from "./usage-recordings.ts";

export type Replay = {
  readonly status: number;
  /** Header lines as they go over the wire, framing included. */
  readonly lines: readonly (readonly [string, string])[];
  /** The bytes behind the framing: still compressed, where they are. */
  readonly body: Buffer;
  readonly framing: "length" | "chunked" | "close";
};

const ENCODINGS = ["none", "none", "gzip", "deflate", "br", "zstd"] as const;
/** Framing is made anew; an encoding that was recorded may no longer be that of the recorded text. */
const MADE_ANEW = new Set([
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "content-encoding",
  "trailer",
  "upgrade",
]);

export function replayOf(row: Row, random: Random): Replay {
  const recorded = bodyOf(row);
  const plain =
    recorded.kind === "stream"
      ? recorded.bytes
      : recorded.kind === "json"
        ? Buffer.from(
            row.response_body?.trimStart().startsWith("{")
              ? row.response_body
              : JSON.stringify(recorded.value),
          )
        : Buffer.from(row.response_body ?? "");
  const encoding = randomChoice(random, ENCODINGS);
  const body = encode(plain, encoding);
  const status = row.status ?? 200;
  const framing = randomChoice(random, ["length", "chunked", "chunked", "close"] as const);
  const lines = Object.entries(row.response_headers ?? {})
    .filter(([name, value]) => !MADE_ANEW.has(name.toLowerCase()) && isPlainValue(value))
    .map(([name, value]) => [randomCase(name, random), value.trim()] as const);
  const hasType = lines.some(([name]) => name.toLowerCase() === "content-type");
  const type = recorded.kind === "stream" ? "text/event-stream" : "application/json";
  return {
    status,
    framing,
    body,
    lines: [
      ...lines,
      ...(hasType ? [] : [["Content-Type", type] as const]),
      ...(encoding === "none" ? [] : [["Content-Encoding", encoding] as const]),
      ["X-Repeated", "first"],
      ["x-repeated", "second"],
    ],
  };
}

/** A recorder may keep a value that no server could send in one line. */
function isPlainValue(value: unknown): value is string {
  return typeof value === "string" && /^[\x20-\x7e]*$/.test(value);
}

function randomCase(name: string, random: Random): string {
  return randomInteger(random, 0, 1) === 0
    ? name
    : name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function encode(plain: Buffer, encoding: (typeof ENCODINGS)[number]): Buffer {
  switch (encoding) {
    case "none":
      return plain;
    case "gzip":
      return gzipSync(plain);
    case "deflate":
      return deflateSync(plain);
    case "br":
      return brotliCompressSync(plain, { params: { 1: 4 } });
    case "zstd":
      return zstdCompressSync(plain);
    default:
      return encoding satisfies never;
  }
}

/** At most this many pieces, so that a whole corpus stays a matter of seconds. */
const PIECES_MAX = 6;

/**
 * The HTTP client under the gateway keeps only the last piece of a reason phrase that is cut. It is
 * no header and no part of a body, so no cut falls there.
 */
const AFTER_STATUS_LINE = "HTTP/1.1 200 Recorded\r\n".length;

export async function writeReplay(socket: Socket, replay: Replay, random: Random): Promise<void> {
  const framing =
    replay.framing === "length"
      ? [["Content-Length", String(replay.body.length)] as const]
      : replay.framing === "chunked"
        ? [["Transfer-Encoding", "chunked"] as const]
        : [["Connection", "close"] as const];
  const lines = [...replay.lines, ...framing].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`HTTP/1.1 ${replay.status} Recorded\r\n${lines.join("")}\r\n`, "latin1");
  const whole = Buffer.concat([head, framed(replay, random)]);
  const cuts = Array.from({ length: randomInteger(random, 0, PIECES_MAX - 1) }, () =>
    randomInteger(random, AFTER_STATUS_LINE, whole.length),
  ).sort((a, b) => a - b);
  let at = 0;
  for (const cut of [...cuts, whole.length]) {
    if (cut > at) socket.write(whole.subarray(at, cut));
    at = Math.max(at, cut);
    await turn();
  }
  if (replay.framing === "close") socket.end();
}

function framed(replay: Replay, random: Random): Buffer {
  if (replay.framing !== "chunked") return replay.body;
  const pieces: Buffer[] = [];
  let at = 0;
  while (at < replay.body.length) {
    const length = Math.min(replay.body.length - at, randomInteger(random, 1, 2_000));
    pieces.push(Buffer.from(`${length.toString(16)}\r\n`), replay.body.subarray(at, at + length));
    pieces.push(Buffer.from("\r\n"));
    at += length;
  }
  return Buffer.concat([...pieces, Buffer.from("0\r\n\r\n")]);
}
