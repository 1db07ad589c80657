import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assignArm,
  findCacheDecision,
  formatArm,
  formatCacheDecision,
  parseArm,
  TIME_BLOCK_MS,
} from "./index.ts";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("assignArm", () => {
  test("assignArm gives a unit one arm for the whole of its time block", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9a-f]{16,32}$/),
        fc.nat({ max: 10_000 }),
        fc.nat({ max: TIME_BLOCK_MS - 1 }),
        fc.nat({ max: TIME_BLOCK_MS - 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (root, block, early, late, holdOut) => {
          const at = (offset: number) =>
            assignArm({ root, atMs: block * TIME_BLOCK_MS + offset, seed: 7, holdOut, digest });
          expect(at(early)).toEqual(at(late));
          expect(parseArm(formatArm(at(early)))).toEqual(at(early));
        },
      ),
    );
  });

  test("assignArm leaves the share alone that it is told to, and none at 0", () => {
    const held = (holdOut: number) =>
      Array.from({ length: 20_000 }, (_, block) =>
        assignArm({
          root: "00ff00ff00ff00ff",
          atMs: block * TIME_BLOCK_MS,
          seed: 1,
          holdOut,
          digest,
        }),
      ).filter(({ name }) => name === "hold-out").length;
    expect(held(0)).toBe(0);
    expect(held(1)).toBe(20_000);
    expect(Math.abs(held(0.05) - 1_000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.05 * 0.95));
  });

  test("assignArm draws anew for another root, block or seed", () => {
    const arms = (root: string, seed: number) =>
      Array.from(
        { length: 200 },
        (_, block) =>
          assignArm({ root, atMs: block * TIME_BLOCK_MS, seed, holdOut: 0.5, digest }).name,
      ).join();
    const kinds = new Set([
      arms("a".repeat(16), 1),
      arms("a".repeat(16), 2),
      arms("b".repeat(16), 1),
    ]);
    expect(kinds.size).toBe(3);
  });
});

describe("parseArm", () => {
  test("parseArm does not take another text for an arm", () => {
    for (const text of ["", "apply", "route/x", "hold-out"]) expect(parseArm(text)).toBeNull();
  });
});

describe("findCacheDecision", () => {
  test("findCacheDecision reads back what formatCacheDecision wrote", () => {
    const marker = fc.record({
      block: fc.nat({ max: 99_999 }),
      lifetime: fc.constantFrom("5m" as const, "1h" as const),
    });
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 128, unit: "grapheme" }),
        fc.oneof(
          fc.record({
            kind: fc.constantFrom("apply" as const, "advise" as const),
            markers: fc.array(marker, { maxLength: 4 }),
            reason: fc.constant(""),
          }),
          fc.record({
            kind: fc.constantFrom("hold-out" as const, "left-alone" as const),
            markers: fc.constant([]),
            reason: fc.constantFrom("", "own-markers"),
          }),
        ),
        (policy, rest) => {
          const decision = { policy, ...rest };
          const text = formatCacheDecision(decision);
          expect(findCacheDecision(["held 12ms", text])).toEqual(decision);
        },
      ),
    );
    expect(findCacheDecision(["route x"])).toBeNull();
  });
});
