import { describe, expect, test } from "vitest";
import { randomInteger, seededRandom } from "../../src/base/index.ts";
import { promptTokensOf } from "../../src/domain/billing/index.ts";
import { compileCatalogue } from "../../src/domain/catalogue/index.ts";
import { estimatePromptTokens } from "../../src/domain/prompt/index.ts";
import {
  createMessageStreamReader,
  type MessageReading,
  type MessageView,
  readMessage,
  readMessagesRequest,
  type StreamedMessageView,
} from "../../src/wire/messages/index.ts";
import { createSseParser, type SseEvent } from "../../src/wire/sse/index.ts";
import { plainUsage, streamByHand } from "./usage-by-hand.ts";
import {
  type Body,
  bodyOf,
  countReasons,
  NO_RECORDINGS,
  type Row,
  readRows,
} from "./usage-recordings.ts";

const rows = NO_RECORDINGS === null ? readRows() : [];
const random = seededRandom(20_261_122);

/** Feeds a stream in pieces of random length, down to single bytes. */
function readStream(bytes: Buffer): StreamedMessageView {
  const parser = createSseParser();
  const reader = createMessageStreamReader();
  let at = 0;
  while (at < bytes.length) {
    const length = randomInteger(random, 1, randomInteger(random, 0, 4) === 0 ? 3 : 400);
    for (const event of parser.feed(bytes.subarray(at, at + length))) reader.accept(event);
    at += length;
  }
  const last = parser.end();
  if (last !== null) reader.accept(last);
  return reader.view();
}

function viewOf(body: Body): MessageReading | StreamedMessageView | null {
  if (body.kind === "none") return null;
  return body.kind === "stream" ? readStream(body.bytes) : readMessage(body.value);
}

/** Why a row on the Messages path has no usage to compare; `null` when it has. */
function exclusion(row: Row, body: Body, view: ReturnType<typeof viewOf>): string | null {
  if (body.kind === "none") return body.reason;
  if (view === null || view.kind === "unreadable") return whatItIs(row, body);
  return view.reported === null ? whatItIs(row, body) : null;
}

function whatItIs(row: Row, body: Body): string {
  if (body.kind === "json") {
    const value = body.value as { readonly [key: string]: unknown };
    if (value.type === "error") return "the API's error";
    if (typeof value.error === "string") return "a recorder's own error";
    if (Array.isArray(body.value)) return "a list of another provider's answers";
    if (value.completion !== undefined) return "the Text Completions API";
  }
  return row.status !== null && row.status >= 400 ? "an error by status" : "no usage in it";
}

describe.skipIf(NO_RECORDINGS !== null)(`recorded usage (skipped: ${NO_RECORDINGS})`, () => {
  const messages = rows.filter((row) => row.route === "anthropic" && row.kind === "messages");
  const read = messages.map((row) => {
    const body = bodyOf(row);
    const view = viewOf(body);
    return { row, body, view, excluded: exclusion(row, body, view) };
  });
  const kept = read.flatMap(({ row, body, view, excluded }) =>
    excluded === null ? [{ row, body, view: view as MessageView }] : [],
  );

  test("readMessage and the stream reader leave out only what has no usage, each for a reason", () => {
    expect(countReasons(read.flatMap(({ excluded }) => excluded ?? []))).toMatchInlineSnapshot(`
      {
        "a list of another provider's answers": 1,
        "a recorder's own error": 16,
        "no answer recorded": 1,
        "the API's error": 43,
        "the Text Completions API": 1,
      }
    `);
    expect(kept.length).toBeGreaterThan(1_800);
  });

  test("readUsage agrees with the recorded usage of every row", () => {
    const differing = kept.filter(({ row, view }) => {
      if (row.usage === null) return false;
      if (view.usage.kind !== "usage") return true;
      const { usage } = view.usage;
      const hand = plainUsage(null, row.usage);
      return (
        usage.inputTokens !== hand.input ||
        usage.cacheWrite5mTokens !== hand.write5m ||
        usage.cacheWrite1hTokens !== hand.write1h ||
        usage.cacheReadTokens !== hand.read ||
        usage.outputTokens !== hand.output ||
        usage.webSearchRequests !== hand.searches
      );
    });
    expect(differing.map(({ row }) => row.id)).toEqual([]);
    const packed = kept.filter(({ row }) => row.usage === null);
    expect(
      packed.every(({ row }) => !/^\s*(?:[{[]|event|data)/.test(row.response_body ?? "")),
    ).toBe(true);
    expect(packed.length).toBe(65);
  });

  test("the reported object is the provider's own, field by field", () => {
    for (const { body, view } of kept) {
      const expected =
        body.kind === "stream"
          ? streamByHand(body.bytes.toString("utf8")).usage
          : (body as { readonly value: { readonly usage: unknown } }).value.usage;
      expect(view.reported).toEqual(expected);
    }
  });

  test("no usage field on the Messages path is unknown", () => {
    const unknown = kept.flatMap(({ view }) =>
      view.usage.kind === "usage" ? view.usage.usage.unknownFields : [],
    );
    expect(unknown).toEqual([]);
  });

  test("streams are seen whole, but for those that were recorded without their end", () => {
    const streams = kept.filter(({ body }) => body.kind === "stream");
    const notFinal = streams.filter(({ view }) => !(view as StreamedMessageView).final);
    expect(streams.length).toBeGreaterThan(400);
    expect(notFinal.map(({ row }) => row.id)).toMatchInlineSnapshot(`[]`);
  });

  test("createSseParser gives the same events, however the recorded bytes are cut", () => {
    for (const { body } of kept) {
      if (body.kind !== "stream") continue;
      const whole = collect(body.bytes, body.bytes.length);
      expect(collect(body.bytes, randomInteger(random, 1, 97))).toEqual(whole);
      expect(whole.at(-1)?.end).toBeLessThanOrEqual(body.bytes.length);
    }
  });

  test("every other recorded answer goes through the parser without a throw", () => {
    const others = rows.filter((row) => row.route !== "anthropic" || row.kind !== "messages");
    const outcomes = others.map((row) => {
      const body = bodyOf(row);
      const view = viewOf(body);
      if (body.kind === "none" || view === null) return "no readable answer";
      if (view.kind === "unreadable") return "not a Message";
      if (view.reported === null) return "a stream of another kind";
      return view.usage.kind === "usage" && view.usage.usage.unknownFields.length > 0
        ? "another provider's usage, said aloud as unknown"
        : "a Message with usage";
    });
    expect(countReasons(outcomes)).toMatchInlineSnapshot(`
      {
        "a Message with usage": 270,
        "a stream of another kind": 53,
        "another provider's usage, said aloud as unknown": 308,
        "no readable answer": 45,
        "not a Message": 106,
      }
    `);
  });

  test("readMessagesRequest reads every recorded Messages request, or says where it cannot", () => {
    const outcomes = messages.flatMap((row) => {
      if (row.request_body === null) return [];
      const value = parsed(row.request_body);
      if (value === undefined) return ["not JSON"];
      const reading = readMessagesRequest(value);
      if (reading.kind === "unreadable") return [`${reading.path}: ${reading.reason}`];
      const blocks = reading.blocks();
      expect(blocks).toHaveLength(reading.blockCount);
      for (const block of blocks) expect(block.bytes).toBe(Buffer.byteLength(block.content));
      return ["read"];
    });
    expect(countReasons(outcomes)).toMatchInlineSnapshot(`
      {
        "messages[0]: is not an object": 1,
        "read": 1652,
      }
    `);
  });

  test("estimatePromptTokens bounds every recorded prompt that has a bound, and comes near it", () => {
    const catalogue = compileCatalogue();
    const ratios: number[] = [];
    for (const { row, view } of kept) {
      const reading = readMessagesRequest(parsed(row.request_body ?? "null"));
      if (reading.kind !== "request" || reading.unbounded.length > 0) continue;
      const served = catalogue.resolve(view.model ?? "");
      if (served.kind === "unknown" || view.usage.kind !== "usage") continue;
      const actual = promptTokensOf(view.usage.usage);
      const { tokenizer } = served.facts;
      const estimate = estimatePromptTokens(reading.blocks(), tokenizer, reading.outputFormatBytes);
      expect(estimate.atMost, row.id).toBeGreaterThanOrEqual(actual);
      if (actual > 300) ratios.push(estimate.likely / actual);
    }
    ratios.sort((left, right) => left - right);
    expect(ratios.length).toBeGreaterThan(500);
    expect(ratios[Math.floor(ratios.length / 2)]).toBeGreaterThan(0.8);
    expect(ratios[Math.floor(ratios.length / 2)]).toBeLessThan(1.3);
  });
});

function collect(bytes: Buffer, pieceBytes: number): readonly SseEvent[] {
  const parser = createSseParser();
  const events: SseEvent[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    for (const event of parser.feed(bytes.subarray(at, at + pieceBytes))) {
      events.push({ ...event, dataBytes: Uint8Array.from(event.dataBytes) });
    }
  }
  const last = parser.end();
  return last === null ? events : [...events, last];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
