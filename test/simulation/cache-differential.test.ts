/**
 * The prediction and the simulator's cache were written apart, from the same documentation. Here they
 * see the same random workloads, and must split every prompt alike, under every open point.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  asSentPolicy,
  type CacheAssumptions,
  DEFAULT_ASSUMPTIONS,
  type PolicyFactory,
  purserPolicy,
  replay,
  type TokensByClass,
  type Workload,
} from "../../src/domain/prompt-cache/index.ts";
import { workloadArbitrary } from "../../src/domain/prompt-cache/random-workload.examples.ts";
import { DEFAULT_ASSUMPTIONS as SIMULATED_ASSUMPTIONS } from "../../src/simulator/assumptions.ts";
import { PromptCache } from "../../src/simulator/cache/index.ts";
import type { RenderedPrompt } from "../../src/simulator/prompt/index.ts";

const RATIOS = { read: 0.1, write5m: 1.25, write1h: 2 };

type OpenPoints = Pick<CacheAssumptions, "refreshes" | "upgradesLifetime" | "writesBelowHit">;

const openPoints: fc.Arbitrary<OpenPoints> = fc.record({
  refreshes: fc.constantFrom("marked" as const, "longest" as const, "whole-prefix" as const),
  upgradesLifetime: fc.boolean(),
  writesBelowHit: fc.boolean(),
});

const REFRESHES = {
  marked: "marked-prefixes",
  longest: "hit-only",
  "whole-prefix": "all-prefixes",
} as const;

function simulatedCache(points: OpenPoints): PromptCache {
  return new PromptCache({
    ...SIMULATED_ASSUMPTIONS,
    hitRefreshes: REFRESHES[points.refreshes],
    oneHourMarkerUpgradesEntry: points.upgradesLifetime,
    markerBeforeHitIsWritten: points.writesBelowHit,
  });
}

/** The prompt of a request as the simulator renders it. */
function renderedPrompt(
  workload: Workload,
  index: number,
  markers: ReadonlyMap<number, "5m" | "1h">,
): RenderedPrompt {
  const { tree } = workload;
  const request = workload.requests[index];
  const units: RenderedPrompt["units"][number][] = [];
  for (let node = request?.leaf ?? -1; node >= 0; node = tree.parent[node] ?? -1) {
    const lifetime = markers.get(node);
    units.unshift({
      section: "messages",
      kind: "text",
      key: String(node),
      tokens: tree.tokens[node] ?? 0,
      marker: lifetime === undefined ? null : { lifetime, automatic: false },
      markable: true,
      position: tree.position[node] ?? 0,
      endTokens: tree.prefixTokens[node] ?? 0,
      prefixHash: String(node),
    });
  }
  const blocks = units.at(-1)?.endTokens ?? 0;
  return { units, promptTokens: blocks + (request?.tailTokens ?? 0) };
}

/** What the simulator says of every request, with the markers that a policy chose. */
function simulate(
  workload: Workload,
  chosen: readonly ReadonlyMap<number, "5m" | "1h">[],
  points: OpenPoints,
  prefixTokensMin: number,
): readonly TokensByClass[] {
  const cache = simulatedCache(points);
  const begins: { atMs: number; run: () => void }[] = [];
  return workload.requests.map((request, index) => {
    begins.sort((a, b) => a.atMs - b.atMs);
    while ((begins[0]?.atMs ?? Number.POSITIVE_INFINITY) <= request.startMs) begins.shift()?.run();
    const prompt = renderedPrompt(workload, index, chosen[index] ?? new Map());
    const use = cache.use(prompt, request.startMs, prefixTokensMin);
    use.admitted();
    begins.push({ atMs: request.responseBeginMs, run: use.responseBegins });
    return { read: use.read, write5m: use.write5m, write1h: use.write1h, input: use.input };
  });
}

/** Replays under a policy and notes which markers it chose. */
function predict(
  workload: Workload,
  factory: PolicyFactory,
  points: OpenPoints,
  prefixTokensMin: number,
) {
  const chosen: Map<number, "5m" | "1h">[] = [];
  const predicted: TokensByClass[] = [];
  const noting: PolicyFactory = (setting) => {
    const policy = factory(setting);
    return {
      name: policy.name,
      plan: (request) => {
        const markers = policy.plan(request);
        chosen[request.index] = new Map(markers.map(({ node, lifetime }) => [node, lifetime]));
        return markers;
      },
    };
  };
  replay(workload, noting, {
    rules: { prefixTokensMin },
    ratios: RATIOS,
    assumptions: { ...DEFAULT_ASSUMPTIONS, ...points },
    onRequest: (index, tokens) => {
      predicted[index] = tokens;
    },
  });
  return { chosen, predicted };
}

describe("prediction and simulator", () => {
  test.each([
    ["the markers that random clients send", asSentPolicy],
    ["the markers that the planner chooses", purserPolicy],
  ] as const)("prediction and simulator split every prompt alike, for %s", (_name, factory) => {
    fc.assert(
      fc.property(
        workloadArbitrary,
        openPoints,
        fc.constantFrom(0, 512, 4_096),
        (workload, points, prefixTokensMin) => {
          const { chosen, predicted } = predict(workload, factory, points, prefixTokensMin);
          expect(simulate(workload, chosen, points, prefixTokensMin)).toEqual(predicted);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
