import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSseParser, type SseEvent, sseDataText } from "./index.ts";

type Seen = Omit<SseEvent, "dataBytes"> & { readonly data: string };

const encoder = new TextEncoder();

/** Feeds the bytes cut at the given positions, which rise. */
function parse(
  bytes: Uint8Array,
  positions: readonly number[],
  eventBytesMax?: number,
): readonly Seen[] {
  const parser = createSseParser(eventBytesMax === undefined ? {} : { eventBytesMax });
  const seen: Seen[] = [];
  const keep = ({ dataBytes, ...event }: SseEvent) =>
    seen.push({ ...event, data: sseDataText({ ...event, dataBytes }) });
  let at = 0;
  for (const position of [...positions.filter((one) => one < bytes.length), bytes.length]) {
    parser.feed(bytes.slice(at, position)).forEach(keep);
    at = position;
  }
  const last = parser.end();
  if (last !== null) keep(last);
  expect(parser.bytesFed()).toBe(bytes.length);
  return seen;
}

const whole = (text: string) => parse(encoder.encode(text), []);
const brief = (text: string) => whole(text).map(({ name, data }) => [name, data]);

describe("createSseParser", () => {
  test("reads names and data, with any line ending", () => {
    for (const ending of ["\n", "\r", "\r\n"]) {
      const text = ["event: ping", "data: {}", "", "data:x", "", ""].join(ending);
      expect(brief(text)).toEqual([
        ["ping", "{}"],
        [null, "x"],
      ]);
    }
  });

  test("joins data lines, takes away one space, and passes over comments and other fields", () => {
    expect(brief(": hello\nid: 7\nretry: 5\ndata:  a\ndata\ndata: b\n\n")).toEqual([
      [null, " a\n\nb"],
    ]);
    expect(brief("event: lonely\n\ndatabase: no\n\n:\n\n")).toEqual([]);
  });

  test("passes over a byte order mark, and only over a whole one", () => {
    expect(brief("\ufeffdata: a\n\n")).toEqual([[null, "a"]]);
    const broken = Uint8Array.of(0xef, 0xbb, ...encoder.encode("data: a\n\ndata: b\n\n"));
    expect(parse(broken, [1]).map(({ data }) => data)).toEqual(["b"]);
  });

  test("says at which byte each event begins and ends", () => {
    const text = "event: a\ndata: é\n\n\n: note\ndata: 2\r\n\r\ndata: 3\n\n";
    const bytes = encoder.encode(text);
    const events = whole(text);
    const parts = events.map(({ start, end }) => new TextDecoder().decode(bytes.slice(start, end)));
    expect(parts).toEqual(["event: a\ndata: é\n\n", ": note\ndata: 2\r\n\r", "data: 3\n\n"]);
  });

  test("gives an unfinished last event at the end, marked so", () => {
    expect(whole("data: a\n\ndata: b")).toMatchObject([
      { data: "a", terminated: true },
      { data: "b", terminated: false },
    ]);
  });

  test("drops the data of an event above the limit, marks it, and reads on", () => {
    const text = `event: big\ndata: ${"x".repeat(50)}\ndata: y\n\ndata: ok\n\n`;
    const events = parse(encoder.encode(text), [], 40);
    expect(events).toMatchObject([
      { name: "big", data: "", oversized: true },
      { name: null, data: "ok", oversized: false },
    ]);
  });

  const fragment = fc.constantFrom(
    "data: ",
    "data",
    "event: message_stop",
    "event:x",
    "id: 1",
    ": c",
    "é漢😀",
    "{}",
    " ",
    "\n",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\r\n\r\n",
    "\ufeff",
    "x".repeat(30),
  );
  const streams = fc
    .array(fragment, { maxLength: 40 })
    .map((parts) => encoder.encode(parts.join("")));
  const cuts = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 });

  test("gives the same events, offsets included, however the bytes are cut", () => {
    fc.assert(
      fc.property(streams, cuts, fc.constantFrom(undefined, 25), (bytes, pieces, limit) => {
        const single = Array.from({ length: bytes.length }, (_, index) => index + 1);
        let at = 0;
        const positions = pieces.map((piece) => {
          at += piece;
          return at;
        });
        const expected = parse(bytes, [], limit);
        expect(parse(bytes, positions, limit)).toEqual(expected);
        expect(parse(bytes, single, limit)).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  test("agrees with a plain reading of the whole text", () => {
    fc.assert(
      fc.property(streams, (bytes) => {
        const events = parse(bytes, []).filter(({ terminated }) => terminated);
        expect(events.map(({ name, data }) => [name, data])).toEqual(plainReading(bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});

/** The rules of the format, on the decoded text, one line at a time. */
function plainReading(bytes: Uint8Array): readonly (readonly [string | null, string])[] {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/);
  const events: (readonly [string | null, string])[] = [];
  let name: string | null = null;
  let data: string[] = [];
  for (const line of lines.slice(0, -1)) {
    if (line === "") {
      if (data.length > 0) events.push([name, data.join("\n")]);
      name = null;
      data = [];
      continue;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "data") data.push(value ?? "");
    if (field === "event") name = value ?? "";
  }
  return events;
}
