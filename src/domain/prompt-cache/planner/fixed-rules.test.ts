import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { automaticPolicy, fixedOneHourPolicy, fixedPolicy, nonePolicy } from "../policies/index.ts";
import { DEFAULT_ASSUMPTIONS } from "../prediction/rules.ts";
import { workloadArbitrary } from "../random-workload.examples.ts";
import { replay } from "../replay.ts";
import type { Workload } from "../workload/workload.ts";
import { FIXED_RULES, FixedRules, RunningBill } from "./fixed-rules.ts";
import { purserPolicy } from "./planner.ts";

const RATIOS = { read: 0.1, write5m: 1.25, write1h: 2 };
const POLICIES = {
  none: nonePolicy,
  automatic: automaticPolicy,
  fixed: fixedPolicy,
  "fixed-1h": fixedOneHourPolicy,
} as const;

function tailsOf(workload: Workload): number {
  return workload.requests.reduce((sum, { tailTokens }) => sum + tailTokens, 0);
}

describe("FixedRules", () => {
  test("FixedRules bills each rule what a replay of that rule comes to, but for the ends of prompts", () => {
    fc.assert(
      fc.property(workloadArbitrary, fc.constantFrom(0, 512), (workload, prefixTokensMin) => {
        const setting = { tree: workload.tree, prefixTokensMin, ratios: RATIOS };
        const rules = new FixedRules({ ...setting, assumptions: DEFAULT_ASSUMPTIONS });
        workload.requests.forEach(({ leaf, startMs, responseBeginMs }, index) => {
          const call = { leaf, tailTokens: 0, startMs, responseBeginMs, cancelled: false };
          rules.add({ index, leaf, startMs, markersSent: null }, call);
        });
        for (const rule of FIXED_RULES) {
          const { inputTokenEquivalents } = replay(workload, POLICIES[rule], {
            rules: { prefixTokensMin },
            ratios: RATIOS,
          });
          expect(rules.billOf(rule).total).toBeCloseTo(
            inputTokenEquivalents - tailsOf(workload),
            4,
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("RunningBill", () => {
  test("RunningBill counts the premium of a write as an investment for five minutes", () => {
    const bill = new RunningBill();
    const write = { read: 0, write5m: 1_000, write1h: 0, input: 0 };
    bill.add(write, RATIOS, 0);
    expect(bill.total).toBe(1_250);
    expect(bill.premiums).toBe(250);
    bill.add({ ...write, write5m: 0, input: 10 }, RATIOS, 299_000);
    expect(bill.premiums).toBe(250);
    bill.add({ ...write, write5m: 0, input: 10 }, RATIOS, 331_000);
    expect(bill.premiums).toBe(0);
  });
});

/** Calls that share nothing: nothing that is written is ever read. */
function oneShots(sizes: readonly number[]): Workload {
  const requests = sizes.map((_, leaf) => ({
    leaf,
    tailTokens: 0,
    startMs: leaf * 7_000,
    responseBeginMs: leaf * 7_000 + 1_000,
    endMs: leaf * 7_000 + 2_000,
    ending: "end_turn",
    session: String(leaf),
    agent: null,
    outputTokens: 1,
    markersSent: null,
  }));
  const zeros = new Int32Array(sizes.length);
  const tree = {
    size: sizes.length,
    parent: zeros.map(() => -1),
    tokens: Float64Array.from(sizes),
    prefixTokens: Float64Array.from(sizes),
    position: zeros.map(() => 1),
    kind: new Uint8Array(sizes.length).fill(2),
    markable: new Uint8Array(sizes.length).fill(1),
    firstSeenBy: zeros.map((_, index) => index),
  };
  return { name: "one-shot", tree, requests, assumptions: [] } as unknown as Workload;
}

describe("purserPolicy", () => {
  test("purserPolicy is never dearer than no caching by more than 0.5% on calls that share nothing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.1, 0.05, 0.025),
        (sizes, read) => {
          const { inputTokenEquivalents } = replay(oneShots(sizes), purserPolicy, {
            rules: { prefixTokensMin: 512 },
            ratios: { ...RATIOS, read },
          });
          const none = sizes.reduce((sum, size) => sum + size, 0);
          expect(inputTokenEquivalents).toBeLessThanOrEqual(1.005 * none);
        },
      ),
    );
  });

  test("purserPolicy notices from what is read that an hour does not hold what lies before it", () => {
    const believed = DEFAULT_ASSUMPTIONS;
    fc.assert(
      fc.property(
        fc.integer({ min: 10_000, max: 100_000 }),
        fc.integer({ min: 20, max: 60 }),
        (base, turns) => {
          const workload = pausingTalk(base, turns);
          const assumptions = { ...believed, longMarkerCarriesPrefix: false };
          const options = { rules: { prefixTokensMin: 512 }, ratios: RATIOS, assumptions };
          const { explanation } = replay(workload, purserPolicy, { ...options, believed });
          expect(explanation.join("\n")).toContain(
            "an hour's entry holds the whole prefix: not taken to hold",
          );
          const held = replay(workload, purserPolicy, { rules: options.rules, ratios: RATIOS });
          expect(held.explanation.join("\n")).toContain("the whole prefix: taken to hold");
        },
      ),
      { numRuns: 30 },
    );
  });
});

/** One talk whose turns follow within seconds, but for a pause of twenty minutes after every fourth. */
function pausingTalk(base: number, turns: number): Workload {
  const flat = oneShots([
    base,
    ...Array.from({ length: turns }, (_, turn) => 300 + (turn % 7) * 100),
  ]);
  let startMs = 0;
  const requests = flat.requests.map((request, index) => {
    startMs += index % 4 === 0 ? 1_200_000 : 20_000;
    return { ...request, startMs, responseBeginMs: startMs + 1_000, endMs: startMs + 2_000 };
  });
  let above = 0;
  const prefixTokens = flat.tree.tokens.map((tokens) => {
    above += tokens;
    return above;
  });
  const tree = {
    ...flat.tree,
    prefixTokens,
    parent: flat.tree.parent.map((_, node) => node - 1),
    position: flat.tree.position.map((_, node) => node + 1),
  };
  return { ...flat, tree, requests } as unknown as Workload;
}
