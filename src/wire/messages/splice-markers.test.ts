import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readMessagesBody } from "./read-messages-request.ts";
import type { RequestView } from "./request-view.ts";
import { MARKERS_MAX, type SplicedMarker, spliceMarkers } from "./splice-markers.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Fields = { [key: string]: Json };

/** JSON as no serialiser writes it: odd spaces, needless escapes. Keys keep their plain form. */
function oddly(value: Json, odd: () => number): string {
  const space = () => ["", " ", "\n  ", "\t", "\r\n"][odd() % 5] ?? "";
  if (typeof value === "string") return escaped(value, odd);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const [open, close, parts] = Array.isArray(value)
    ? ["[", "]", value.map((item) => oddly(item, odd))]
    : [
        "{",
        "}",
        Object.entries(value).map(
          ([key, item]) => `${JSON.stringify(key)}${space()}:${space()}${oddly(item, odd)}`,
        ),
      ];
  return `${open}${space()}${parts.join(`${space()},${space()}`)}${space()}${close}`;
}

function escaped(text: string, odd: () => number): string {
  const plain = JSON.stringify(text);
  // An escape that stands there already would be torn.
  if (odd() % 3 !== 0 || plain.includes("\\u")) return plain;
  return plain.replaceAll("a", "\\u0061").replaceAll("/", "\\/");
}

const text = fc.oneof(
  fc.constantFrom(
    "a",
    'quote " and \\',
    "\\\\",
    "ends with \\",
    '"},{"cache_control":null',
    "{[",
    "",
    `a long one ${'with "quotes" and / '.repeat(60)}`,
    " \n".repeat(600),
  ),
  fc.string({ unit: "binary", maxLength: 60 }),
);
const marker = fc.constantFrom<Fields>(
  { type: "ephemeral" },
  { type: "ephemeral", ttl: "1h" },
  { ttl: "5m", type: "ephemeral" },
);
const deep = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.constantFrom(null, true, 12.5e3),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 5 }), tie("value"), {
      maxKeys: 3,
    }) as fc.Arbitrary<Fields>,
  ),
})).value;

function maybeMarked(block: fc.Arbitrary<Fields>, own: boolean): fc.Arbitrary<Fields> {
  if (!own) return block;
  return fc.tuple(block, fc.option(marker), fc.boolean()).map(([fields, control, first]) => {
    if (control === null) return fields;
    return first ? { cache_control: control, ...fields } : { ...fields, cache_control: control };
  });
}

const blockOf = (own: boolean) =>
  maybeMarked(
    fc.oneof(
      text.map((words): Fields => ({ type: "text", text: words })),
      text.map((words): Fields => ({ text: words, type: "text", citations: [] })),
      fc
        .tuple(text, deep)
        .map(([name, input]): Fields => ({ type: "tool_use", id: "t", name, input })),
      deep.map((inner): Fields => ({ type: "tool_result", tool_use_id: "t", content: [inner] })),
      text.map((words): Fields => ({ type: "thinking", thinking: words, signature: "s" })),
      fc.constant<Fields>({ type: "something_new" }),
    ),
    own,
  );
const content = (own: boolean) => fc.oneof(text, fc.array(blockOf(own), { maxLength: 5 }));

/** Bodies with their members in any order. */
const bodyArbitrary = (own: boolean): fc.Arbitrary<Fields> =>
  fc
    .record(
      {
        model: fc.constant("claude-opus-5-5"),
        max_tokens: fc.constant(10),
        tools: fc.array(
          maybeMarked(
            deep.map((schema): Fields => ({ name: "t", input_schema: schema })),
            own,
          ),
          { maxLength: 3 },
        ),
        system: content(own),
        messages: fc.array(
          fc.record({
            role: fc.constantFrom("user", "assistant", "system"),
            content: content(own),
          }),
          { maxLength: 5 },
        ),
        metadata: deep,
      },
      { requiredKeys: ["model", "messages"] },
    )
    .chain((fields) =>
      fc
        .shuffledSubarray(Object.keys(fields), { minLength: Object.keys(fields).length })
        .map((keys) => Object.fromEntries(keys.map((key) => [key, fields[key as "model"]]))),
    ) as fc.Arbitrary<Fields>;

const wishes = fc.array(
  fc.record({
    block: fc.nat({ max: 20 }),
    lifetime: fc.constantFrom("5m" as const, "1h" as const),
  }),
  { maxLength: 6 },
);
const spaces = fc.infiniteStream(fc.nat({ max: 100 }));

const BYTES = {
  isUtf8,
  decode: (bytes: Uint8Array, start: number, end: number) =>
    Buffer.from(bytes.subarray(start, end)).toString("utf8"),
};

function view(body: Uint8Array): RequestView {
  const reading = readMessagesBody(body, BYTES);
  if (reading.kind !== "request") throw new Error(`unreadable: ${reading.reason}`);
  return reading;
}

function splice(
  body: string,
  markers: readonly SplicedMarker[],
  ownMarkers: "respect" | "improve",
) {
  const bytes = Buffer.from(body);
  return spliceMarkers(bytes, { request: view(bytes), markers, ownMarkers });
}

type Place = { get: () => Json; set: (value: Json) => void };

/** Each block of a parsed body, to be read and replaced: written apart from the code under test. */
function placesOf(body: Fields): readonly Place[] {
  const inContent = (owner: Fields, key: string): readonly Place[] => {
    const held = owner[key];
    if (typeof held === "string") {
      const set = (value: Json): void => {
        owner[key] = [value];
      };
      return [{ get: () => owner[key] ?? null, set }];
    }
    if (!Array.isArray(held)) return [];
    return held.map((_, index) => ({
      get: () => held[index] ?? null,
      set: (value) => {
        held[index] = value;
      },
    }));
  };
  const messages = (body.messages as Fields[]).flatMap((message) => inContent(message, "content"));
  return [...inContent(body, "tools"), ...inContent(body, "system"), ...messages];
}

/** The body that markers at these places should give. */
function expected(body: string, markers: readonly SplicedMarker[]): Json {
  const parsed = JSON.parse(body) as Fields;
  placesOf(parsed).forEach((place, index) => {
    const planned = markers.find(({ block }) => block === index);
    const block = place.get();
    const fields: Fields =
      typeof block === "string" ? { type: "text", text: block } : { ...(block as Fields) };
    if (fields.cache_control !== null) delete fields.cache_control;
    if (planned !== undefined) {
      fields.cache_control =
        planned.lifetime === "1h" ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" };
    }
    if (planned !== undefined || typeof block !== "string") place.set(fields);
  });
  if (parsed.cache_control !== null) delete parsed.cache_control;
  return parsed;
}

function isSubsequence(part: Uint8Array, whole: Uint8Array): boolean {
  let at = 0;
  for (const byte of whole) if (byte === part[at]) at += 1;
  return at === part.length;
}

describe("spliceMarkers", () => {
  test("spliceMarkers adds markers and changes nothing else, whatever the body looks like", () => {
    let spliced = 0;
    fc.assert(
      fc.property(bodyArbitrary(false), wishes, spaces, (fields, wanted, stream) => {
        const body = oddly(fields, () => stream.next().value ?? 0);
        const outcome = splice(body, wanted, "respect");
        if (outcome.kind === "left-alone") return;
        spliced += 1;
        const result = Buffer.from(outcome.body);
        expect(JSON.parse(result.toString())).toEqual(expected(body, outcome.markers));
        expect(isSubsequence(Buffer.from(body), result)).toBe(true);
        expect(outcome.markers.length).toBeLessThanOrEqual(MARKERS_MAX);
        const lifetimes = outcome.markers.map(({ lifetime }) => lifetime);
        expect(lifetimes.join()).not.toMatch(/5m.*1h/);
      }),
      { numRuns: 1_000 },
    );
    expect(spliced).toBeGreaterThan(100);
  });

  test("spliceMarkers puts its markers in the place of a client's own, when it may improve", () => {
    fc.assert(
      fc.property(
        bodyArbitrary(true),
        wishes,
        fc.option(marker),
        spaces,
        (fields, wanted, top, stream) => {
          const whole = top === null ? fields : { ...fields, cache_control: top };
          const body = oddly(whole, () => stream.next().value ?? 0);
          const outcome = splice(body, wanted, "improve");
          if (outcome.kind === "left-alone") return;
          const parsed: unknown = JSON.parse(Buffer.from(outcome.body).toString());
          expect(parsed).toEqual(expected(body, outcome.markers));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("spliceMarkers leaves a request with markers alone when it must respect them", () => {
    const marked = { type: "text", text: "a", cache_control: { type: "ephemeral" } };
    const bodies = [
      { model: "m", messages: [{ role: "user", content: [marked] }] },
      {
        model: "m",
        cache_control: { type: "ephemeral" },
        messages: [{ role: "user", content: "a" }],
      },
    ];
    for (const body of bodies) {
      const outcome = splice(JSON.stringify(body), [{ block: 0, lifetime: "5m" }], "respect");
      expect(outcome).toEqual({ kind: "left-alone", reason: "own-markers" });
    }
  });

  test("spliceMarkers does not touch what it cannot place for sure", () => {
    const plan: readonly SplicedMarker[] = [{ block: 0, lifetime: "5m" }];
    const twice = '{"model":"m","messages":[],"a":1,"messages":[{"role":"user","content":"a"}]}';
    expect(splice(twice, plan, "respect")).toMatchObject({ reason: "not-plain" });
    const twiceInBlock =
      '{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a","text":"b"}]}]}';
    expect(splice(twiceInBlock, plan, "respect")).toMatchObject({ reason: "not-plain" });
    const hidden = '{"model":"m","\\u006dessages":[{"role":"user","content":"a"}]}';
    expect(splice(hidden, plan, "respect")).toMatchObject({ reason: "not-plain" });
    const inner = JSON.stringify({
      model: "m",
      messages: [
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "t",
              content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }],
            },
          ],
        },
      ],
    });
    expect(splice(inner, plan, "improve")).toMatchObject({ reason: "inner-markers" });
  });

  test("spliceMarkers marks the list of messages that counts, where two stand one after the other", () => {
    const twice = '{"messages":[],"messages":[{"role":"user","content":"a"}],"model":"m"}';
    const outcome = splice(twice, [{ block: 0, lifetime: "5m" }], "respect");
    if (outcome.kind !== "spliced") throw new Error(outcome.reason);
    expect(JSON.parse(Buffer.from(outcome.body).toString())).toEqual(
      expected(twice, outcome.markers),
    );
  });

  test("spliceMarkers refuses a plan that the provider would refuse", () => {
    const content = Array.from({ length: 6 }, (_, index) => ({ type: "text", text: `t${index}` }));
    const body = JSON.stringify({ model: "m", messages: [{ role: "user", content }] });
    const five = [0, 1, 2, 3, 4].map((block) => ({ block, lifetime: "5m" as const }));
    expect(splice(body, five, "respect")).toMatchObject({ reason: "refused-markers" });
    const shortFirst = [
      { block: 0, lifetime: "5m" as const },
      { block: 1, lifetime: "1h" as const },
    ];
    expect(splice(body, shortFirst, "respect")).toMatchObject({ reason: "refused-markers" });
  });

  test("spliceMarkers keeps the form of a bare text that stands before signed thinking", () => {
    const body = JSON.stringify({
      model: "m",
      system: "S",
      messages: [
        { role: "user", content: "hello" },
        { role: "assistant", content: [{ type: "thinking", thinking: "…", signature: "s" }] },
        { role: "user", content: "more" },
      ],
    });
    const all = [0, 1, 3].map((block) => ({ block, lifetime: "5m" as const }));
    const outcome = splice(body, all, "respect");
    expect(outcome).toMatchObject({ kind: "spliced", markers: [{ block: 3, lifetime: "5m" }] });
  });

  test("spliceMarkers passes over thinking, empty texts, unknown blocks and deferred tools", () => {
    const body = JSON.stringify({
      model: "m",
      tools: [{ name: "t", defer_loading: true }],
      messages: [
        {
          role: "user",
          content: [
            { type: "thinking", thinking: "…" },
            { type: "text", text: "" },
            { type: "something_new" },
          ],
        },
      ],
    });
    const all = [0, 1, 2, 3].map((block) => ({ block, lifetime: "5m" as const }));
    expect(splice(body, all, "respect")).toMatchObject({ reason: "no-markers-planned" });
  });

  test("spliceMarkers finds its way through a body of many megabytes", () => {
    const large = `${"x".repeat(2_000_000)}\\"${"\\\\".repeat(100_000)}`;
    const content = Array.from({ length: 6 }, () => `{"type":"text","text":"${large}"}`).join();
    const nested = "[".repeat(5_000) + "]".repeat(5_000);
    const body = `{"metadata":{"a":${nested}},"model":"m","messages":[{"role":"user","content":[${content}]}]}`;
    const outcome = splice(body, [{ block: 5, lifetime: "1h" }], "respect");
    if (outcome.kind !== "spliced") throw new Error(outcome.reason);
    const tail = ',"cache_control":{"type":"ephemeral","ttl":"1h"}}]}]}';
    expect(Buffer.from(outcome.body).toString().endsWith(tail)).toBe(true);
    expect(outcome.body.length).toBe(
      body.length + ',"cache_control":{"type":"ephemeral","ttl":"1h"}'.length,
    );
  });
});
