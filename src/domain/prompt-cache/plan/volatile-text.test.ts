import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findVolatileText, splitVolatileLines } from "./volatile-text.ts";

/** What is found in `text`, with `!` where it is certain. */
function found(text: string): readonly string[] {
  return findVolatileText(text).map(
    ({ kind, start, end, certain }) => `${kind}${certain ? "!" : ""} ${text.slice(start, end)}`,
  );
}

describe("findVolatileText", () => {
  test.each([
    ["The current time is 2026-11-22T10:11:12.123Z.", "timestamp! 2026-11-22T10:11:12.123Z"],
    ["It is November 22, 2026 at 10:11 AM.", "timestamp! November 22, 2026 at 10:11 AM"],
    ["Today is 2026-11-22.", "date! 2026-11-22"],
    ["Current date: November 22, 2026", "date! November 22, 2026"],
    ["now=1763806272", "timestamp! 1763806272"],
    ["Session 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "uuid! 3f2504e0-4f89-11d3-9a0c-0305e82c3301"],
    ["This is request #1042 of the day", "counter! 1042"],
    ["Attempt: 3", "counter! 3"],
    ["nonce: 9f86d081884c7d659a2feaa0c55ad015", "nonce! 9f86d081884c7d659a2feaa0c55ad015"],
    ["trace id aB3dE6gH9jK2mN5pQ8sT", "nonce! aB3dE6gH9jK2mN5pQ8sT"],
  ])("findVolatileText finds what differs from call to call: %s", (text, wanted) => {
    expect(found(text)).toEqual([wanted]);
  });

  test.each([
    ["The policy of 2024-01-01 holds.", ["date 2024-01-01"]],
    ["Write dates such as 2026-11-22T10:11:12Z.", ["timestamp 2026-11-22T10:11:12Z"]],
    [
      "Give ids, e.g. 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
      ["uuid 3f2504e0-4f89-11d3-9a0c-0305e82c3301"],
    ],
    [
      "Commit 9f86d081884c7d659a2feaa0c55ad015 broke it",
      ["nonce 9f86d081884c7d659a2feaa0c55ad015"],
    ],
  ])("findVolatileText is not certain of what may as well be fixed: %s", (text, wanted) => {
    expect(found(text)).toEqual(wanted);
  });

  test.each([
    "You are a helpful assistant with 12 years of experience.",
    "Step 1: read. Step 2: write. Turn 3 is the last.",
    "Answer in at most 250 words; use claude-opus-5-5 and version 2.1.0.",
    "Open from 9 to 5, room 101, call 555-0100.",
  ])("findVolatileText finds nothing in plain instructions: %s", (text) => {
    expect(found(text)).toEqual([]);
  });

  test("findVolatileText gives places in order that never overlap, whatever the text", () => {
    const word = fc.constantFrom(
      "now ",
      "2026-11-22",
      "T10:11:12Z",
      " id ",
      "3f2504e0",
      "-",
      "9".repeat(13),
      "\n",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const text = words.join("");
        let last = 0;
        for (const { start, end } of findVolatileText(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = end;
        }
        expect(last).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

describe("splitVolatileLines", () => {
  test("splitVolatileLines keeps every line, on one side or the other, and moves no instructions", () => {
    const text = "Help people.\nToday is 2026-11-22.\nBe kind.\nRequest #12";
    expect(splitVolatileLines(text)).toMatchObject({
      stable: "Help people.\nBe kind.",
      moved: "Today is 2026-11-22.\nRequest #12",
    });
    const instructions = `Today is 2026-11-22, so ${"weigh every word that you are given. ".repeat(4)}`;
    expect(splitVolatileLines(instructions)).toBeNull();
    expect(splitVolatileLines("Help people since 2024-01-01.")).toBeNull();
  });
});
