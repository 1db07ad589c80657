import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BoundOptions, boundOf } from "./bound.ts";
import { purserKeepAlivePolicy, purserPolicy } from "./planner/planner.ts";
import {
  asSentPolicy,
  automaticPolicy,
  fixedOneHourPolicy,
  fixedPolicy,
  litellmPolicy,
  llmGatewayPolicy,
  nonePolicy,
} from "./policies/index.ts";
import { DEFAULT_ASSUMPTIONS } from "./prediction/rules.ts";
import { workloadArbitrary } from "./random-workload.examples.ts";
import { replay } from "./replay.ts";
import type { Workload } from "./workload/workload.ts";

const ratiosArbitrary = fc
  .constantFrom(0.1, 0.05, 0.025)
  .map((read) => ({ read, write5m: 1.25, write1h: 2 }));

/** All ways to serve the visits of one block, tried one after another. */
function cheapestByTrying(visitsMs: readonly number[], options: BoundOptions): number {
  const { read, write5m, write1h } = options.ratios;
  const after = (visit: number, lifetimeMs: number): number => {
    const now = visitsMs[visit];
    if (now === undefined) return 0;
    const found: number[] = [];
    const alive = aliveCosts(now - (visitsMs[visit - 1] ?? 0), lifetimeMs, options);
    if (alive !== null) {
      found.push(alive + read + after(visit + 1, lifetimeMs));
      if (options.lifetimes === "extended") found.push(alive + read + after(visit + 1, 3_600_000));
    }
    found.push(1 + after(visit + 1, 0));
    found.push(write5m + after(visit + 1, 300_000), write1h + after(visit + 1, 3_600_000));
    return Math.min(...found);
  };
  return after(0, 0);
}

/** The least that bridging a gap costs, by trying every sequence of refreshes; `null` when impossible. */
function aliveCosts(gapMs: number, lifetimeMs: number, options: BoundOptions): number | null {
  if (lifetimeMs === 0) return null;
  if (gapMs <= lifetimeMs) return 0;
  if (!options.keepAlive) return null;
  const next = options.lifetimes === "extended" ? 3_600_000 : lifetimeMs;
  const rest = aliveCosts(gapMs - lifetimeMs, next, options);
  return rest === null ? null : rest + options.ratios.read;
}

function visitsByBlock(workload: Workload): ReadonlyMap<number, readonly number[]> {
  const visits = new Map<number, number[]>();
  for (const { leaf, startMs } of workload.requests) {
    for (let node = leaf; node >= 0; node = workload.tree.parent[node] ?? -1) {
      visits.set(node, [...(visits.get(node) ?? []), startMs]);
    }
  }
  return visits;
}

describe("boundOf", () => {
  test("boundOf never exceeds what any policy comes to, whatever the provider does where it is silent", () => {
    const assumptionsArbitrary = fc.record({
      refreshes: fc.constantFrom("marked" as const, "longest" as const, "whole-prefix" as const),
      upgradesLifetime: fc.boolean(),
      writesBelowHit: fc.boolean(),
    });
    const policies = [
      nonePolicy,
      asSentPolicy,
      automaticPolicy,
      fixedPolicy,
      fixedOneHourPolicy,
      litellmPolicy,
      llmGatewayPolicy,
      purserPolicy,
      purserKeepAlivePolicy,
    ];
    fc.assert(
      fc.property(
        workloadArbitrary,
        ratiosArbitrary,
        fc.constantFrom(0, 512, 4_096),
        assumptionsArbitrary,
        (workload, ratios, prefixTokensMin, chosen) => {
          const floor = boundOf(workload, {
            ratios,
            prefixTokensMin,
            lifetimes: "extended",
            keepAlive: true,
          });
          for (const policy of policies) {
            const { inputTokenEquivalents } = replay(workload, policy, {
              rules: { prefixTokensMin },
              ratios,
              assumptions: { ...DEFAULT_ASSUMPTIONS, ...chosen },
            });
            expect(floor.inputTokenEquivalents).toBeLessThanOrEqual(inputTokenEquivalents + 1e-6);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("boundOf equals the cheapest way found by trying all, block by block", () => {
    const optionsArbitrary = fc.record({
      ratios: ratiosArbitrary,
      prefixTokensMin: fc.constant(0),
      lifetimes: fc.constantFrom("extended" as const, "as-written" as const),
      keepAlive: fc.boolean(),
    });
    const small = workloadArbitrary.filter(({ requests }) => requests.length <= 7);
    fc.assert(
      fc.property(small, optionsArbitrary, (workload, options) => {
        let expected = workload.requests.reduce((sum, request) => sum + request.tailTokens, 0);
        for (const [node, visits] of visitsByBlock(workload)) {
          expected += (workload.tree.tokens[node] ?? 0) * cheapestByTrying(visits, options);
        }
        expect(boundOf(workload, options).inputTokenEquivalents).toBeCloseTo(expected, 4);
      }),
      { numRuns: 300 },
    );
  });

  test("boundOf allows less as it knows more: without keep-alive, or with lifetimes as written, it is higher", () => {
    fc.assert(
      fc.property(workloadArbitrary, ratiosArbitrary, (workload, ratios) => {
        const at = (lifetimes: "extended" | "as-written", keepAlive: boolean) =>
          boundOf(workload, { ratios, prefixTokensMin: 512, lifetimes, keepAlive })
            .inputTokenEquivalents;
        expect(at("extended", true)).toBeLessThanOrEqual(at("extended", false) + 1e-6);
        expect(at("extended", true)).toBeLessThanOrEqual(at("as-written", true) + 1e-6);
      }),
    );
  });
});
