import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Boarding, type Lead, Stampede } from "./stampede.ts";

const NOBODY_LEAVES = () => () => {};
const PATIENT = { holdMsMax: 60_000, onClientGone: NOBODY_LEAVES };

/** A prompt of blocks named by letters: each prefix is a key, each block 10,000 tokens. */
function boarding(prompt: string, markers: readonly number[], nowMs = 0): Boarding {
  const keys = [...prompt].map((_, index) => prompt.slice(0, index + 1));
  return {
    keys,
    prefixTokens: keys.map((_, index) => (index + 1) * 10_000),
    markers: markers.map((block) => ({ block, lifetime: "5m" as const })),
    savingPerToken: 1.15,
    nowMs,
  };
}

describe("Stampede", () => {
  test("Stampede holds the same prefix until the first response begins", async () => {
    const stampede = new Stampede();
    expect(await stampede.hold(boarding("ab", [1]), PATIENT)).toBeNull();
    const lead = stampede.lead(boarding("ab", [1]));
    const held = [
      stampede.hold(boarding("ab", [1]), PATIENT),
      stampede.hold(boarding("abc", [2]), PATIENT),
    ];
    expect(stampede.heldCalls).toBe(2);
    lead?.began(5);
    expect(await Promise.all(held)).toEqual(["began", "began"]);
    expect(stampede.heldCalls).toBe(0);
    expect(await stampede.hold(boarding("ab", [1]), PATIENT)).toBeNull();
  });

  test("Stampede does not hold what shares no prefix, or too little of one", async () => {
    const stampede = new Stampede();
    stampede.lead(boarding("ab", [1]));
    expect(await stampede.hold(boarding("xb", [1]), PATIENT)).toBeNull();
    expect(
      await stampede.hold({ ...boarding("ab", [1]), savingPerToken: 0.01 }, PATIENT),
    ).toBeNull();
  });

  test("Stampede lets the followers of a failed leader go at once", async () => {
    const stampede = new Stampede();
    const lead = stampede.lead(boarding("ab", [1]));
    const held = stampede.hold(boarding("ab", [1]), PATIENT);
    lead?.over();
    expect(await held).toBe("failed");
    lead?.began(1);
    expect(stampede.lead(boarding("ab", [1]))).not.toBeNull();
  });

  test("Stampede holds no call for longer than its bound, and none that has left", async () => {
    const stampede = new Stampede();
    stampede.lead(boarding("ab", [1]));
    const bound = { holdMsMax: 1, onClientGone: NOBODY_LEAVES };
    expect(await stampede.hold(boarding("ab", [1]), bound)).toBe("bound");
    expect(await stampede.hold(boarding("ab", [1]), { ...PATIENT, holdMsMax: 0 })).toBeNull();
    const gone = (leave: () => void) => {
      leave();
      return () => {};
    };
    expect(await stampede.hold(boarding("ab", [1]), { ...PATIENT, onClientGone: gone })).toBe(
      "client-left",
    );
    expect(stampede.heldCalls).toBe(0);
  });

  test("Stampede writes again, and so leads again, once what was written has expired", async () => {
    const stampede = new Stampede();
    stampede.lead(boarding("ab", [1]))?.began(0);
    stampede.lead(boarding("ab", [1], 299_999));
    expect(await stampede.hold(boarding("ab", [1], 299_999), PATIENT)).toBeNull();
    const lead = stampede.lead(boarding("ab", [1], 300_000));
    const held = stampede.hold(boarding("ab", [1], 300_000), PATIENT);
    lead?.began(300_001);
    expect(await held).toBe("began");
  });

  test("Stampede lets everybody through in the end, whatever comes in whatever order", async () => {
    const prompts = fc.constantFrom("a", "ab", "abc", "abd", "x", "xy");
    const steps = fc.array(
      fc.record({
        prompt: prompts,
        ends: fc.constantFrom("began" as const, "over" as const),
        turn: fc.nat(),
      }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (calls) => {
        const stampede = new Stampede();
        const running: { lead: Lead | null; ends: "began" | "over" }[] = [];
        let through = 0;
        const all = calls.map(async ({ prompt, ends }) => {
          const seat = boarding(prompt, [prompt.length - 1]);
          await stampede.hold(seat, PATIENT);
          running.push({ lead: stampede.lead(seat), ends });
          through += 1;
        });
        for (let round = 0; through < calls.length; round += 1) {
          await Promise.resolve();
          const [next] = running.splice(
            (calls[round % calls.length]?.turn ?? 0) % Math.max(1, running.length),
            1,
          );
          if (next?.ends === "began") next.lead?.began(1);
          next?.lead?.over();
          if (round > 10_000) throw new Error("a call is held for ever");
        }
        await Promise.all(all);
        expect(stampede.heldCalls).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
