import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RequestReading, readMessagesBody, readMessagesRequest } from "./index.ts";
import { locateBlocks } from "./locate-blocks.ts";
import { LONG_TEXT_BYTES_MIN } from "./long-texts.ts";

const BYTES = {
  isUtf8,
  decode: (bytes: Uint8Array, start: number, end: number) =>
    Buffer.from(bytes.subarray(start, end)).toString("utf8"),
};
const LONG = "x".repeat(LONG_TEXT_BYTES_MIN);
const BLANK = " \n".repeat(LONG_TEXT_BYTES_MIN);

function read(body: string | Buffer): RequestReading {
  return readMessagesBody(Buffer.from(body as string), BYTES);
}

/** All that a reading says; what is made on demand is made. */
function told(reading: RequestReading, body: Uint8Array): unknown {
  if (reading.kind === "unreadable") return reading;
  const { blocks, markerSurvey, locate, locateSome, ...rest } = reading;
  const written = blocks().map((block) => {
    const { contentParts: parts, section, type, role, messageIndex, content, bytes } = block;
    if (parts !== undefined) {
      const joined = parts.before + Buffer.from(parts.utf8).toString() + parts.behind;
      expect(joined).toBe(content);
    }
    return { section, type, role, messageIndex, content, bytes, lifetime: block.cacheLifetime };
  });
  const located = locate(body);
  for (const [place, block] of (located?.blocks ?? []).entries()) {
    expect(locateSome(body, [place])?.get(place)).toEqual(block);
  }
  return { ...rest, blocks: written, markers: markerSurvey(), located };
}

function partsOf(body: string): readonly boolean[] {
  const reading = read(body);
  if (reading.kind !== "request") throw new Error(reading.reason);
  return reading.blocks().map(({ contentParts }) => contentParts !== undefined);
}

const PIECES = [
  " ",
  "\n",
  '"',
  "\\",
  "\\n",
  "\u0001",
  "\u0001\u0030",
  "é",
  "語",
  "😀",
  "\u2028",
  "a",
];
const text = fc
  .tuple(
    fc.array(fc.constantFrom(...PIECES), { maxLength: 20 }),
    fc.constantFrom("", "y", LONG, BLANK),
  )
  .map(([pieces, rest]) => pieces.join("") + rest);
const control = fc.constantFrom({}, { cache_control: { type: "ephemeral", ttl: "1h" } });
const block = fc.oneof(
  fc.tuple(text, control).map(([words, marker]) => ({ type: "text", text: words, ...marker })),
  text.map((words) => ({ text: words, type: "text", citations: [] })),
  text.map((words) => ({ type: "tool_result", tool_use_id: "t", text: words, content: words })),
);
const content = fc.oneof(text, fc.array(block, { maxLength: 4 }));
const request = fc.record(
  {
    model: fc.oneof(fc.constant("claude-opus-5-5"), text),
    max_tokens: fc.constant(10),
    metadata: text.map((user_id) => ({ user_id })),
    tools: fc.array(text.map((words) => ({ name: "t", text: words, description: words }))),
    system: content,
    messages: fc.array(fc.record({ role: fc.constantFrom("user", "assistant"), content })),
  },
  { requiredKeys: ["model", "messages"] },
);

/** As other clients write JSON: everything outside ASCII escaped, slashes too, with white space. */
function asOthersWrite(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

describe("readMessagesBody", () => {
  test("always says what reading the parsed body says, however the client writes JSON", () => {
    const forms = fc.constantFrom(
      (value: unknown) => JSON.stringify(value),
      (value: unknown) => JSON.stringify(value, null, 1),
      (value: unknown) => asOthersWrite(JSON.stringify(value)),
    );
    fc.assert(
      fc.property(request, forms, (value, form) => {
        const body = Buffer.from(form(value));
        const parsed = readMessagesRequest(JSON.parse(body.toString()));
        expect(told(readMessagesBody(body, BYTES), body)).toEqual(told(parsed, body));
      }),
      { numRuns: 400 },
    );
  });

  test("leaves a long text in its bytes, with every escape that JSON.stringify writes", () => {
    const words = `${LONG}\n"\\ é語😀`;
    const body = { model: "m", system: words, messages: [{ role: "user", content: "short" }] };
    expect(partsOf(JSON.stringify(body))).toEqual([true, false]);
    expect(partsOf(asOthersWrite(JSON.stringify(body)))).toEqual([false, false]);
  });

  test("parses a body whole that is full of quotes, where passing over it would gain nothing", () => {
    const messages = Array.from({ length: 100 }, () => ({ role: "user", content: "short" }));
    const body = { model: "m", system: LONG.repeat(20), messages };
    expect(partsOf(JSON.stringify(body)).some((hasParts) => hasParts)).toBe(false);
    expect(partsOf(JSON.stringify({ ...body, messages: messages.slice(90) }))[0]).toBe(true);
  });

  test("locates the blocks of another body there, and not where they stood in the one it read", () => {
    const write = (system: string) =>
      Buffer.from(JSON.stringify({ model: "m", system, messages: [] }));
    const reading = readMessagesBody(write(LONG), BYTES);
    if (reading.kind !== "request") throw new Error(reading.reason);
    for (const other of [write(`${LONG}${LONG}`), write("short")]) {
      expect(reading.locate(other)).toEqual(locateBlocks(other));
    }
  });

  test("parses a body whole that is not UTF-8, so that both read alike", () => {
    const body = Buffer.from(JSON.stringify({ model: "m", messages: [], system: `${LONG}#` }));
    body[body.lastIndexOf("#")] = 0xff;
    const [first] = (read(body) as { blocks: () => readonly { content: string }[] }).blocks();
    expect(first?.content).toContain(`x\ufffd"`);
  });

  test("calls a body unreadable that is no JSON, with a long text or without", () => {
    for (const body of [
      "",
      "{",
      `{"model":"m","system":"${LONG}","messages":[}`,
      `{"a":"${LONG}`,
    ]) {
      expect(read(body)).toMatchObject({ kind: "unreadable", reason: "is not a JSON object" });
    }
  });
});
