import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyTextChange, TEXT_CHANGES, type TextChangeKind } from "./text-change.ts";

const instants = fc.date({
  min: new Date("2021-01-01T00:00:00Z"),
  max: new Date("2029-01-01T00:00:00Z"),
  noInvalidDate: true,
});
const pad = (value: number): string => String(value).padStart(2, "0");
const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
const MONTHS = ["January", "February", "March", "April", "May", "June", "July"];

/** Ways in which programs write a moment into a prompt. */
const TIMESTAMP_FORMS: readonly ((date: Date) => string)[] = [
  (date) => date.toISOString(),
  (date) => date.toISOString().replace("T", " ").slice(0, 19),
  (date) => date.toUTCString(),
  (date) => String(date.getTime()),
  (date) => String(Math.floor(date.getTime() / 1_000)),
  (date) => `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`,
];
const DATE_FORMS: readonly ((date: Date) => string)[] = [
  dayOf,
  (date) => `${pad(date.getUTCDate())}/${pad(date.getUTCMonth() + 1)}/${date.getUTCFullYear()}`,
  (date) => `${MONTHS[date.getUTCMonth() % 7]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`,
  (date) => `${date.getUTCDate()} ${MONTHS[date.getUTCMonth() % 7]} ${date.getUTCFullYear()}`,
];

function twoOf<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<readonly [T, T]> {
  return fc.tuple(arbitrary, arbitrary);
}

function inForm(
  forms: readonly ((date: Date) => string)[],
): fc.Arbitrary<readonly [string, string]> {
  return fc
    .tuple(fc.constantFrom(...forms), twoOf(instants))
    .map(([form, [first, second]]) => [form(first), form(second)] as const);
}

const counters = fc
  .tuple(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 1, max: 500 }))
  .map(([first, step]) => [String(first), String(first + step)] as const);

const TOKEN_LETTERS = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"];
const nonceOf = (letters: readonly string[]) =>
  fc
    .array(fc.constantFrom(...letters), { minLength: 16, maxLength: 40 })
    .map((list) => list.join(""))
    .filter((token) => /\D\d+\D+\d/.test(token) && /^.{0,9}[A-Za-z]/.test(token));
const nonces = twoOf(fc.oneof(nonceOf(TOKEN_LETTERS), nonceOf([..."0123456789abcdef"])));

const PLANTED: { readonly [Kind in TextChangeKind]?: fc.Arbitrary<readonly [string, string]> } = {
  timestamp: inForm(TIMESTAMP_FORMS),
  date: inForm(DATE_FORMS),
  uuid: twoOf(fc.uuid()),
  counter: counters,
  nonce: nonces,
};

/** Words of several scripts, so that bytes and characters differ. */
const words = fc
  .array(fc.constantFrom("You", "are", "an", "agent", "für", "日本", "🙂", "the", "rule"), {
    maxLength: 60,
  })
  .map((list) => list.join(" "));

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

describe("classifyTextChange", () => {
  test.each(Object.entries(PLANTED))(
    "classifyTextChange finds a planted %s with its offset, wherever it stands",
    (kind, values) => {
      fc.assert(
        fc.property(words, words, values, (head, tail, [first, second]) => {
          fc.pre(first !== second);
          const at = head === "" ? "" : `${head} `;
          const end = tail === "" ? "" : ` ${tail}`;
          expect(classifyTextChange(`${at}${first}${end}`, `${at}${second}${end}`)).toEqual({
            kind,
            offset: bytesOf(at),
            length: bytesOf(second),
          });
        }),
        { numRuns: 2_000 },
      );
    },
  );

  test("classifyTextChange finds what stands between words, brackets and marks", () => {
    const change = (before: string, after: string) => classifyTextChange(before, after)?.kind;
    expect(change("Current time: 10:04:59.", "Current time: 10:05:00.")).toBe("timestamp");
    expect(change("<date>2026-11-21</date>", "<date>2026-11-22</date>")).toBe("date");
    expect(change("Saturday, November 21, 2026", "Sunday, November 22, 2026")).toBe("date");
    expect(change("request 99 of many", "request 100 of many")).toBe("counter");
    expect(change("cch=0a3f9;", "cch=b77d2;")).toBe("nonce");
    expect(change("cch=12abc;", "cch=9d014;")).toBe("nonce");
    expect(change("You are claude-opus-4.", "You are claude-sonnet-5.")).toBe("text");
    expect(change("Use version2 of it", "Use version3 of it")).toBe("counter");
    expect(change("session_id=a8Kd02LmQz", "session_id=7sPq91XcVb")).toBe("nonce");
    expect(change("You write prologues.", "You write dialogues.")).toBe("text");
    expect(change("Be brief.", "Be brief. Be kind.")).toBe("text");
  });

  test("classifyTextChange says how much of the later text is new when words were changed", () => {
    expect(classifyTextChange("one two three", "one second three")).toEqual({
      kind: "text",
      offset: 4,
      length: 6,
    });
    expect(classifyTextChange("one two", "one")).toEqual({ kind: "text", offset: 3, length: 0 });
  });

  test("classifyTextChange is null exactly for equal texts, and never hands out any of them", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (one, two) => {
        const change = classifyTextChange(one, two);
        if (one === two) return change === null;
        if (change === null) return false;
        expect(Object.keys(change).sort()).toEqual(["kind", "length", "offset"]);
        expect(TEXT_CHANGES).toContain(change.kind);
        expect(Number.isSafeInteger(change.offset) && Number.isSafeInteger(change.length)).toBe(
          true,
        );
        expect(change.offset + change.length).toBeLessThanOrEqual(bytesOf(two));
        return change.offset >= 0 && change.length >= 0;
      }),
      { numRuns: 2_000 },
    );
  });

  test("classifyTextChange reads a long text once, whatever is in it", () => {
    const long = `${"0123456789 abcdef-".repeat(60_000)}`;
    const started = performance.now();
    classifyTextChange(`${long}x`, `${long}y`);
    classifyTextChange(`a${long}`, `b${long}`);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
