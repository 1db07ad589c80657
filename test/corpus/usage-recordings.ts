/**
 * The recorded exchanges, read straight from where they are kept. Nothing here uses the product: the
 * bodies are undone from their recording (base64, compression, lists of events) and handed on as bytes.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";

export const RECORDED_DATA = resolve(import.meta.dirname, "../../../shared/data");
const EXCHANGES = resolve(RECORDED_DATA, "exchanges/anthropic_exchanges.jsonl.zst");

export const NO_RECORDINGS = existsSync(EXCHANGES)
  ? null
  : "the recorded exchanges are not beside this clone";

export type Row = {
  readonly id: string;
  readonly route: string;
  readonly kind: string;
  readonly url: string;
  readonly status: number | null;
  readonly stream: boolean;
  readonly usage: Record<string, unknown> | null;
  readonly stop_reason: string | null;
  readonly request_body: string | null;
  readonly response_body: string | null;
  readonly response_headers: Record<string, string> | null;
  readonly request_model: string | null;
  readonly response_model: string | null;
};

export function readRows(): readonly Row[] {
  const text = zstdDecompressSync(readFileSync(EXCHANGES)).toString("utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

export type Body =
  | { readonly kind: "stream"; readonly bytes: Buffer }
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "none"; readonly reason: string };

/** The answer of a row as the client would have seen it. */
export function bodyOf(row: Row): Body {
  if (typeof row.response_body !== "string" || row.response_body === "") {
    return { kind: "none", reason: "no answer recorded" };
  }
  const bytes = plainBytes(row.response_body);
  const text = bytes.toString("utf8");
  if (/^\s*(?:event|data|:)/.test(text)) return { kind: "stream", bytes };
  const value = jsonOrNull(text);
  if (value === null) return { kind: "none", reason: "answer not text, even unpacked" };
  return isEventList(value)
    ? { kind: "stream", bytes: writtenAsEvents(value) }
    : { kind: "json", value };
}

/** A few recorders keep bodies in base64, some of them still compressed. */
function plainBytes(body: string): Buffer {
  const bare = body.startsWith("base64:") ? body.slice("base64:".length) : body;
  if (bare === body && !/^[A-Za-z0-9+/\s]{40,}={0,2}\s*$/.test(body))
    return Buffer.from(body, "utf8");
  const bytes = Buffer.from(bare, "base64");
  for (const unpack of [gunzipSync, brotliDecompressSync, inflateSync]) {
    try {
      return unpack(bytes);
    } catch {
      // Not compressed this way; the next way is tried, and the bytes as they are at last.
    }
  }
  return bytes;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

type RecordedEvent = { readonly type: string };

function isEventList(value: unknown): value is readonly RecordedEvent[] {
  return Array.isArray(value) && (value[0] as RecordedEvent | undefined)?.type === "message_start";
}

/** Some recorders keep a stream as the list of its events; it is written out again as one. */
function writtenAsEvents(events: readonly RecordedEvent[]): Buffer {
  return Buffer.from(
    events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
  );
}

/** How many rows each reason has, in the order of the reasons, for a literal to be held against. */
export function countReasons(reasons: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reason of [...reasons].sort()) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
