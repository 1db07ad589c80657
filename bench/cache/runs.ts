/** One replay with its running cost, and how a policy fares beside the fixed rules at every point. */
import {
  automaticPolicy,
  type CacheAssumptions,
  equivalentsOf,
  fixedOneHourPolicy,
  fixedPolicy,
  nonePolicy,
  type PolicyFactory,
  type ReplayOptions,
  type ReplayResult,
  replay,
  type Workload,
} from "../../src/domain/prompt-cache/index.ts";

/** From here on the planner must not be dearer than the best fixed rule. */
export const LEARNED_REQUESTS = 1_000;

/** Rules that count as "the best fixed rule". */
export const RIVALS: readonly PolicyFactory[] = [
  nonePolicy,
  automaticPolicy,
  fixedPolicy,
  fixedOneHourPolicy,
];
export const RIVAL_NAMES: readonly string[] = ["none", "automatic", "fixed", "fixed-1h"];

/** What the provider may do otherwise than the planner assumes. */
export const READINGS: readonly {
  readonly title: string;
  readonly assumptions: Partial<CacheAssumptions>;
}[] = [
  {
    title: "a small hour holds no more than itself",
    assumptions: { longMarkerCarriesPrefix: false },
  },
  { title: "no entry inside what is read", assumptions: { writesBelowHit: false } },
];

export type Run = { readonly result: ReplayResult; readonly running: Float64Array };

export function runOf(workload: Workload, policy: PolicyFactory, options: ReplayOptions): Run {
  const running = new Float64Array(workload.requests.length);
  let total = 0;
  const result = replay(workload, policy, {
    ...options,
    onRequest: (index, tokens) => {
      total += equivalentsOf(tokens, options.ratios);
      running[index] = total;
    },
  });
  return { result, running };
}

/** `excess`: the most that `own` was above the best rival so far, once it had learned. */
export function compare(
  own: Run,
  rivals: readonly Run[],
): {
  readonly cost: number;
  readonly best: number;
  readonly bestName: string;
  readonly excess: number | null;
} {
  const ranked = [...rivals].sort(
    (a, b) => a.result.inputTokenEquivalents - b.result.inputTokenEquivalents,
  );
  let excess: number | null = null;
  for (let index = LEARNED_REQUESTS - 1; index < own.running.length; index += 1) {
    const least = Math.min(...rivals.map(({ running }) => running[index] ?? 0));
    excess = Math.max(excess ?? Number.NEGATIVE_INFINITY, (own.running[index] ?? 0) / least - 1);
  }
  return {
    cost: own.result.inputTokenEquivalents,
    best: ranked[0]?.result.inputTokenEquivalents ?? Number.NaN,
    bestName: ranked[0]?.result.policy ?? "",
    excess,
  };
}

export const millions = (tokens: number): string => (tokens / 1e6).toFixed(2);
export const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;
