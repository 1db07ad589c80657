import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusalOf } from "../prediction/predict.ts";
import { ARRIVALS, hitChance } from "./arrivals.ts";
import {
  costOfShape,
  markersSent,
  type PlannableBlock,
  planRequest,
  type RequestToShape,
} from "./plan-request.ts";

const block = (
  section: PlannableBlock["section"],
  tokens: number,
  more: Partial<PlannableBlock> = {},
): PlannableBlock => ({
  section,
  role: section === "messages" ? "user" : null,
  type: section === "tools" ? "tool" : "text",
  tokens,
  markable: true,
  isVolatile: false,
  lifetimeSent: null,
  ...more,
});

const request = (blocks: readonly PlannableBlock[], callsPerMonth = 100_000): RequestToShape => ({
  blocks,
  callsPerMonth,
  ratios: { read: 0.1, write5m: 1.25, write1h: 2 },
  prefixTokensMin: 1_000,
});

const places = (shape: RequestToShape) =>
  planRequest(shape).markers.map(({ block: at, lifetime, why }) => `${at} ${lifetime} ${why}`);
const reasons = (shape: RequestToShape) => planRequest(shape).notCached.map(({ why }) => why);
const LIKELY = { arrivals: "at random", stopFactor: 1 } as const;

describe("planRequest", () => {
  test("planRequest marks the end of what all calls share, for as long as their rate asks for", () => {
    const blocks = [block("system", 900), block("system", 900), block("messages", 50)];
    expect(places(request(blocks, 1_000_000))).toEqual(["1 5m shared-prefix"]);
    expect(places(request(blocks, 3_000))).toEqual(["1 1h shared-prefix"]);
    expect(places(request(blocks, 10))).toEqual([]);
    expect(reasons(request(blocks, 10))).toContain("too-rare");
  });

  test("planRequest says what is too short, and what is one-shot", () => {
    expect(reasons(request([block("system", 500), block("messages", 100)]))).toEqual([
      "too-short",
      "one-shot",
    ]);
    expect(places(request([block("system", 500), block("messages", 100)]))).toEqual([]);
  });

  test("planRequest marks nothing behind volatile text", () => {
    const blocks = [
      block("tools", 2_000),
      block("system", 20, { isVolatile: true }),
      block("system", 2_000),
      block("messages", 3_000),
      block("messages", 50, { role: "assistant" }),
      block("messages", 50),
    ];
    expect(places(request(blocks))).toEqual(["0 1h shared-prefix"]);
    expect(reasons(request(blocks))).toContain("behind-volatile-text");
  });

  test("planRequest bridges a turn that is longer than the lookback", () => {
    const turn = Array.from({ length: 30 }, () => block("messages", 100));
    const blocks = [
      block("messages", 5_000),
      block("messages", 20, { role: "assistant", type: "text" }),
      ...turn,
    ];
    expect(places(request(blocks, 1))).toEqual(["0 5m lookback", "31 5m conversation"]);
    expect(places(request(blocks.slice(0, 4), 1))).toEqual(["3 1h conversation"]);
  });

  test("planRequest is never refused, and a shared prefix alone is never dearer than sending it fresh", () => {
    const any = fc.record({
      tokens: fc.integer({ min: 1, max: 5_000 }),
      markable: fc.boolean(),
      isVolatile: fc.boolean(),
      role: fc.constantFrom("user" as const, "assistant" as const),
      type: fc.constantFrom("text", "tool_use", "tool_result"),
    });
    const parts = fc.tuple(
      fc.array(any, { maxLength: 5 }),
      fc.array(any, { maxLength: 5 }),
      fc.array(any, { minLength: 1, maxLength: 40 }),
    );
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 1_000_000 }), (found, calls) => {
        const [tools, system, messages] = found;
        const blocks = [
          ...tools.map((own) => block("tools", own.tokens, { ...own, role: null, type: "tool" })),
          ...system.map((own) => block("system", own.tokens, { ...own, role: null, type: "text" })),
          ...messages.map((own) => block("messages", own.tokens, { ...own, isVolatile: false })),
        ];
        const shape = request(blocks, calls);
        const { markers } = planRequest(shape);
        const placed = markers.map(({ block: node, lifetime }) => ({ node, lifetime }));
        expect(refusalOf(placed)).toBeNull();
        expect([...markers].sort((a, b) => a.block - b.block)).toEqual(markers);
        for (const { block: at } of markers) expect(blocks[at]?.markable).toBe(true);
        const shared = markers.filter(({ why }) => why === "shared-prefix");
        const fresh = costOfShape(shape, [], LIKELY);
        expect(costOfShape(shape, shared, LIKELY)).toBeLessThanOrEqual(fresh + 1e-6);
      }),
    );
  });

  test("costOfShape counts what stands behind volatile text as written each time", () => {
    const sent = { lifetimeSent: "5m" as const };
    const stable = request([block("system", 4_000, sent), block("messages", 100)]);
    const broken = request([
      block("system", 4_000, { ...sent, isVolatile: true }),
      block("messages", 100),
    ]);
    const cost = (shape: RequestToShape) => costOfShape(shape, markersSent(shape), LIKELY);
    expect(cost(broken)).toBeCloseTo(4_000 * 1.25 + 100);
    expect(cost(stable)).toBeLessThan(4_000 * 0.2 + 100);
  });
});

describe("hitChance", () => {
  test("hitChance grows with calls and with lifetime, however calls are spread", () => {
    for (const arrivals of ARRIVALS) {
      let last = 0;
      for (const calls of [0, 10, 1_000, 30_000, 1_000_000]) {
        const chance = hitChance(calls, "5m", arrivals);
        expect(chance).toBeGreaterThanOrEqual(last);
        expect(hitChance(calls, "1h", arrivals)).toBeGreaterThanOrEqual(chance);
        last = chance;
      }
      expect(last).toBeCloseTo(1);
    }
  });
});
