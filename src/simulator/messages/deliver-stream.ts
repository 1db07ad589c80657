/** Writes a stream: at its pace, held back by its reader, and broken off where a fault says so. */
import { once } from "node:events";
import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "../faults/index.ts";
import { chooseEncoding, compressorFor, type Exchange } from "../http/index.ts";
import type { StreamEvent } from "./message-events.ts";

/** Events are joined into writes of about this size when no pace is asked for. */
const WRITE_LENGTH = 8_192;
/** Characters of content that count as one token for the pace. */
const CHARACTERS_PER_TOKEN = 4;

export type StreamPlan = {
  readonly events: readonly StreamEvent[];
  readonly headers: Readonly<Record<string, string>>;
  readonly tokensPerSecond: number | null;
  readonly pause: { readonly afterEvents: number; readonly until: Promise<unknown> } | null;
  readonly fault: Fault | null;
  readonly compressed: boolean;
  /** Told of every event that was handed to the socket. */
  readonly onSent: (event: StreamEvent) => void;
};

export async function deliverStream(exchange: Exchange, plan: StreamPlan): Promise<void> {
  const sink = openStream(exchange, plan);
  const end = breakingPoint(plan);
  let pending: StreamEvent[] = [];
  let length = 0;
  for (const [index, event] of plan.events.slice(0, end).entries()) {
    if (exchange.isGone) return;
    if (plan.pause?.afterEvents === index) {
      await flush(exchange, sink, pending.splice(0), plan);
      await untilOrGone(exchange, plan.pause.until);
    }
    await pace(exchange, event, plan);
    pending.push(event);
    length += event.text.length;
    if (index > 0 && plan.tokensPerSecond === null && length < WRITE_LENGTH) continue;
    await flush(exchange, sink, pending, plan);
    pending = [];
    length = 0;
  }
  await flush(exchange, sink, pending, plan);
  if (!exchange.isGone) finish(exchange, sink, plan, end);
}

function openStream(exchange: Exchange, plan: StreamPlan): Writable {
  const encoding = plan.compressed ? chooseEncoding(exchange.headers["accept-encoding"]) : null;
  exchange.response.writeHead(200, {
    ...plan.headers,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...(encoding === null ? {} : { "content-encoding": encoding }),
  });
  if (encoding === null) return exchange.response;
  const compressor = compressorFor(encoding);
  compressor.pipe(exchange.response);
  return compressor;
}

/** How many events are sent before a fault ends the stream; all of them without one. */
function breakingPoint(plan: StreamPlan): number {
  const { fault, events } = plan;
  if (fault?.kind !== "cut" && fault?.kind !== "error-event") return events.length;
  const wanted = Math.floor(events.length * Math.min(1, Math.max(0, fault.after)));
  return Math.min(wanted, events.length - 1);
}

async function pace(exchange: Exchange, event: StreamEvent, plan: StreamPlan): Promise<void> {
  if (plan.tokensPerSecond === null || event.contentLength === 0) return;
  const tokens = event.contentLength / CHARACTERS_PER_TOKEN;
  await untilOrGone(exchange, delay((tokens * 1_000) / plan.tokensPerSecond));
}

/** Waits, but no longer than the client does. */
export async function untilOrGone(exchange: Exchange, until: Promise<unknown>): Promise<void> {
  if (exchange.isGone) return;
  const stop = new AbortController();
  const gone = once(exchange.response, "close", { signal: stop.signal }).catch(() => undefined);
  await Promise.race([until, gone]);
  stop.abort();
}

async function flush(
  exchange: Exchange,
  sink: Writable,
  events: readonly StreamEvent[],
  plan: StreamPlan,
): Promise<void> {
  if (events.length === 0 || exchange.isGone) return;
  const text = events.map((event) => event.text).join("");
  exchange.noteSent(text);
  const accepted = sink.write(text);
  for (const event of events) plan.onSent(event);
  if (!accepted) await untilOrGone(exchange, once(sink, "drain"));
}

function finish(exchange: Exchange, sink: Writable, plan: StreamPlan, end: number): void {
  const { fault } = plan;
  if (fault?.kind === "error-event") {
    sink.end(errorEvent(exchange, fault.type ?? "overloaded_error"));
  } else if (fault?.kind === "cut") {
    const partial = partialEvent(plan.events[end], fault.midCharacter === true);
    sink.write(partial, () => exchange.response.socket?.destroy());
  } else {
    sink.end();
  }
}

function errorEvent(exchange: Exchange, type: "overloaded_error" | "api_error"): string {
  const message = type === "overloaded_error" ? "Overloaded" : "Internal server error";
  const body = { type: "error", error: { type, message }, request_id: exchange.requestId };
  const text = `event: error\ndata: ${JSON.stringify(body)}\n\n`;
  exchange.noteSent(text);
  return text;
}

const BEFORE_CHARACTER =
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"caf';

/** Half an event, or one that ends after the first byte of a two-byte character. */
function partialEvent(event: StreamEvent | undefined, midCharacter: boolean): Buffer {
  if (midCharacter) return Buffer.concat([Buffer.from(BEFORE_CHARACTER), Buffer.of(0xc3)]);
  const bytes = Buffer.from(event?.text ?? "event: ");
  return bytes.subarray(0, Math.ceil(bytes.length / 2));
}
