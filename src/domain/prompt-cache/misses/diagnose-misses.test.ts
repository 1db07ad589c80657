import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundOf } from "../bound.ts";
import { asSentPolicy } from "../policies/index.ts";
import { workloadArbitrary } from "../random-workload.examples.ts";
import { replay } from "../replay.ts";
import { placeKindOf } from "../workload/prefix-tree.ts";
import type { Workload } from "../workload/workload.ts";
import { createMissDiagnosis } from "./diagnose-misses.ts";
import type { SeenRequest } from "./seen-request.ts";

/** Ratios 0.1, 1.25 and 2, as whole prices. */
const PRICES = { input: 20, read: 2, write5m: 25, write1h: 40 };
const RATIOS = { read: 0.1, write5m: 1.25, write1h: 2 };

/** What the gateway would have seen of a workload, billed as the engine predicts. */
function seenRequests(workload: Workload, prefixTokensMin: number): readonly SeenRequest[] {
  const seen: SeenRequest[] = [];
  const { tree } = workload;
  replay(workload, asSentPolicy, {
    rules: { prefixTokensMin },
    ratios: RATIOS,
    onRequest: (index, tokens) => {
      const request = workload.requests[index];
      if (request === undefined) return;
      const path: number[] = [];
      for (let node = request.leaf; node >= 0; node = tree.parent[node] ?? -1) path.unshift(node);
      seen.push({
        id: `ex_${index}`,
        startMs: request.startMs,
        responseBeginMs: request.responseBeginMs,
        model: "m",
        speed: "standard",
        settings: { toolChoice: null, thinking: null, effort: null, hasImages: false },
        prefixTokensMin,
        prices: PRICES,
        blocks: path.map((node) => ({
          key: String(node),
          section: "messages",
          kind: placeKindOf(tree, node),
          weight: tree.tokens[node] ?? 0,
        })),
        markers: (request.markersSent ?? []).map(({ node, lifetime }) => ({
          position: path.indexOf(node),
          lifetime,
        })),
        tokens,
        prefixBreak: null,
        reportedMiss: null,
      });
    },
  });
  return seen;
}

function withoutTails(workload: Workload): Workload {
  const requests = workload.requests.map((request) => ({ ...request, tailTokens: 0 }));
  return { ...workload, requests };
}

function diagnose(requests: readonly SeenRequest[]) {
  const diagnosis = createMissDiagnosis();
  for (const request of requests) diagnosis.add(request);
  return diagnosis.finish();
}

/** A request of blocks of 1,000 tokens, all of them fresh, the last one marked. */
function fresh(id: string, atMs: number, keys: string, model = "m"): SeenRequest {
  const blocks = [...keys].map((key) => ({
    ...{ key, section: "messages" as const, kind: "user_text" as const, weight: 1 },
  }));
  return {
    ...{ id, model, blocks, startMs: atMs, responseBeginMs: atMs + 1_000 },
    speed: "standard",
    settings: { toolChoice: null, thinking: null, effort: null, hasImages: false },
    prefixTokensMin: 512,
    prices: PRICES,
    markers: [{ position: blocks.length - 1, lifetime: "5m" }],
    tokens: { read: 0, write5m: blocks.length * 1_000, write1h: 0, input: 0 },
    prefixBreak: null,
    reportedMiss: null,
  };
}

describe("createMissDiagnosis", () => {
  test("createMissDiagnosis takes one prompt sent to two models for two, and a talk that moved for one", () => {
    const causes = (requests: readonly SeenRequest[]) =>
      diagnose(requests).causes.map(({ cause, amount }) => [cause, Number(amount)]);
    const written = 3_000 * (PRICES.write5m - PRICES.input);
    expect(causes([fresh("a", 0, "xyz"), fresh("b", 60_000, "xyz", "other")])).toEqual([
      ["written-never-read", 2 * written],
    ]);
    const missed = 3_000 * (PRICES.write5m - PRICES.read);
    expect(causes([fresh("a", 0, "xyz"), fresh("b", 60_000, "xyzw", "other")])).toEqual([
      ["model-changed", missed],
      ["written-never-read", written / 3],
    ]);
  });

  test("createMissDiagnosis has the floor for its best plan, on any traffic whose prompts hold still", () => {
    fc.assert(
      fc.property(workloadArbitrary.map(withoutTails), (workload) => {
        const report = diagnose(seenRequests(workload, 0));
        const { inputTokenEquivalents } = boundOf(workload, {
          ratios: RATIOS,
          prefixTokensMin: 0,
          lifetimes: "extended",
          keepAlive: true,
        });
        expect(Number(report.best)).toBeCloseTo(inputTokenEquivalents * PRICES.input, 3);
        expect(report.gap).toBeGreaterThanOrEqual(0n);
      }),
      { numRuns: 1_000 },
    );
  });

  test("createMissDiagnosis never leaves a part of the gap without a cause, and none unexplained", () => {
    fc.assert(
      fc.property(workloadArbitrary, fc.constantFrom(0, 512, 4_096), (workload, minimum) => {
        const report = diagnose(seenRequests(workload, minimum));
        const sum = report.causes.reduce((total, { amount }) => total + amount, 0n);
        expect(sum).toBe(report.gap);
        expect(report.billed - report.best).toBe(report.gap);
        expect(report.causes.map(({ cause }) => cause)).not.toContain("unexplained");
        for (const { amount, example } of report.causes) {
          expect(amount >= 0n || example === null).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
