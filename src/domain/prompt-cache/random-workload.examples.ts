/** Random workloads for property tests: sessions that grow, branch, repeat and share a beginning. */
import fc from "fast-check";
import { type Instant, instant } from "../../base/index.ts";
import { createPrefixTreeBuilder, NO_NODE, type PlaceKind } from "./workload/prefix-tree.ts";
import type { PlacedMarker, Workload, WorkloadRequest } from "./workload/workload.ts";

/** One step: which earlier path to go on from, what to add, and how long after the step before. */
export type Step = {
  readonly from: number;
  readonly up: number;
  readonly added: readonly { readonly tokens: number; readonly kind: PlaceKind }[];
  readonly gapMs: number;
  readonly beginsAfterMs: number;
  readonly markedUp: readonly number[];
  readonly lifetimes: readonly ("5m" | "1h")[];
};

const GAPS_MS = [
  0, 1_000, 30_000, 200_000, 299_999, 300_000, 300_001, 1_200_000, 3_600_000, 4_000_000, 9_000_000,
];

export const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  from: fc.nat(20),
  up: fc.integer({ min: 0, max: 3 }),
  added: fc.array(
    fc.record({
      tokens: fc.integer({ min: 1, max: 3_000 }),
      kind: fc.constantFrom<PlaceKind>("user_text", "assistant", "tool_use", "tool_result"),
    }),
    { maxLength: 4 },
  ),
  gapMs: fc.constantFrom(...GAPS_MS),
  beginsAfterMs: fc.constantFrom(0, 500, 20_000),
  markedUp: fc.array(fc.nat(5), { maxLength: 4 }),
  lifetimes: fc.array(fc.constantFrom<"5m" | "1h">("5m", "1h"), { minLength: 4, maxLength: 4 }),
});

export const workloadArbitrary: fc.Arbitrary<Workload> = fc
  .array(stepArbitrary, { minLength: 1, maxLength: 40 })
  .map(workloadOf);

/** Builds the workload that `steps` describe. Each request carries the markers of its step. */
export function workloadOf(steps: readonly Step[]): Workload {
  const builder = createPrefixTreeBuilder();
  const leaves: number[] = [];
  const requests: WorkloadRequest[] = [];
  let nowMs = 1_000_000;
  for (const [index, step] of steps.entries()) {
    let node = leaves.length === 0 ? NO_NODE : (leaves[step.from % leaves.length] ?? NO_NODE);
    for (let count = 0; count < step.up && node !== NO_NODE; count += 1)
      node = builder.parentOf(node);
    const path =
      step.added.length === 0 && node === NO_NODE
        ? ([{ tokens: 700, kind: "system" }] as const)
        : step.added;
    for (const { tokens, kind } of path) {
      node = builder.add({ parent: node, tokens, kind, markable: true, firstSeenBy: index });
    }
    leaves.push(node);
    nowMs += step.gapMs;
    const begin: Instant = instant(nowMs + step.beginsAfterMs);
    requests.push({
      leaf: node,
      tailTokens: index % 3,
      startMs: instant(nowMs),
      responseBeginMs: begin,
      endMs: instant(begin + 1_000),
      ending: index % 2 === 0 ? "tool_use" : "end_turn",
      session: "s",
      agent: null,
      outputTokens: 10,
      markersSent: markersOf(step, node, builder.parentOf),
    });
  }
  return { name: "random", tree: builder.finish(), requests, assumptions: [] };
}

function markersOf(step: Step, leaf: number, parentOf: (node: number) => number): PlacedMarker[] {
  const path: number[] = [];
  for (let node = leaf; node !== NO_NODE; node = parentOf(node)) path.push(node);
  const chosen = [...new Set(step.markedUp.map((up) => path[up % path.length] ?? leaf))];
  chosen.sort((a, b) => path.indexOf(b) - path.indexOf(a));
  let short = false;
  return chosen.map((node, index) => {
    short ||= step.lifetimes[index] === "5m";
    return { node, lifetime: short ? "5m" : "1h" } as const;
  });
}
