/** Replays a workload under a policy: the tokens of each class, and what they come to. */

import { assert } from "../../base/index.ts";
import type { CachePolicy, PolicyFactory, RequestOutcome } from "./policies/index.ts";
import { createCacheState } from "./prediction/cache-state.ts";
import {
  type CacheSetting,
  predictAndApply,
  refusalOf,
  type TokensByClass,
} from "./prediction/predict.ts";
import {
  type CacheAssumptions,
  type CacheRules,
  DEFAULT_ASSUMPTIONS,
  type PriceRatios,
} from "./prediction/rules.ts";
import type { Workload, WorkloadRequest } from "./workload/workload.ts";

export type ReplayOptions = {
  readonly rules: CacheRules;
  readonly ratios: PriceRatios;
  readonly assumptions?: CacheAssumptions;
  /** What the policy takes the provider to do at first, where that is not what it does. */
  readonly believed?: CacheAssumptions;
  /** Called after each request, in order; keep-alive calls are not among them. */
  readonly onRequest?: (index: number, tokens: TokensByClass) => void;
  /** Called after each keep-alive call, with its prompt's tokens. */
  readonly onKeepAlive?: (tokens: TokensByClass) => void;
};

export type ReplayResult = {
  readonly policy: string;
  readonly requests: number;
  readonly keepAliveCalls: number;
  readonly tokens: TokensByClass;
  /** Of `tokens`, what keep-alive calls read and wrote. */
  readonly keepAliveTokens: TokensByClass;
  /** The same in fresh input tokens: a fresh input token is 1. */
  readonly inputTokenEquivalents: number;
  readonly explanation: readonly string[];
};

/** `tokens` in fresh input tokens. */
export function equivalentsOf(tokens: TokensByClass, ratios: PriceRatios): number {
  return (
    tokens.input +
    tokens.read * ratios.read +
    tokens.write5m * ratios.write5m +
    tokens.write1h * ratios.write1h
  );
}

type Sum = { read: number; write5m: number; write1h: number; input: number };

/** Replays all of `workload`, in order of start, each response observed once it has ended. */
export function replay(
  workload: Workload,
  factory: PolicyFactory,
  options: ReplayOptions,
): ReplayResult {
  const setting: CacheSetting = {
    tree: workload.tree,
    state: createCacheState(workload.tree.size),
    prefixTokensMin: options.rules.prefixTokensMin,
    assumptions: options.assumptions ?? DEFAULT_ASSUMPTIONS,
  };
  const policy = factory({
    tree: workload.tree,
    prefixTokensMin: options.rules.prefixTokensMin,
    ratios: options.ratios,
    assumptions: options.believed ?? setting.assumptions,
  });
  const outcomes = policy.observe === undefined ? null : new PendingOutcomes(policy);
  const sum: Sum = { read: 0, write5m: 0, write1h: 0, input: 0 };
  const keepAlive: Sum = { read: 0, write5m: 0, write1h: 0, input: 0 };
  let keepAliveCalls = 0;
  workload.requests.forEach((request, index) => {
    outcomes?.deliver(request.startMs);
    keepAliveCalls += keepAliveUntil(setting, policy, request.startMs, (tokens) => {
      addTo(keepAlive, tokens);
      options.onKeepAlive?.(tokens);
    });
    const tokens = step(setting, policy, request, index);
    addTo(sum, tokens);
    outcomes?.add({ ...request, index, tokens });
    options.onRequest?.(index, tokens);
  });
  outcomes?.deliver(Number.POSITIVE_INFINITY);
  addTo(sum, keepAlive);
  return {
    policy: policy.name,
    requests: workload.requests.length,
    keepAliveCalls,
    tokens: sum,
    keepAliveTokens: keepAlive,
    inputTokenEquivalents: equivalentsOf(sum, options.ratios),
    explanation: policy.explain?.() ?? [],
  };
}

function step(
  setting: CacheSetting,
  policy: CachePolicy,
  request: WorkloadRequest,
  index: number,
): TokensByClass {
  const markers = policy.plan({
    index,
    leaf: request.leaf,
    startMs: request.startMs,
    markersSent: request.markersSent,
  });
  assert(refusalOf(markers) === null, `${policy.name} sends markers that the API refuses`);
  return predictAndApply(
    setting,
    {
      leaf: request.leaf,
      tailTokens: request.tailTokens,
      startMs: request.startMs,
      responseBeginMs: request.responseBeginMs,
      cancelled: request.ending === "cancelled",
    },
    markers,
  );
}

/** Makes the keep-alive calls that fall due before `untilMs`; returns how many. */
function keepAliveUntil(
  setting: CacheSetting,
  policy: CachePolicy,
  untilMs: number,
  onCall: (tokens: TokensByClass) => void,
): number {
  if (policy.nextKeepAlive === undefined) return 0;
  let calls = 0;
  for (
    let call = policy.nextKeepAlive(untilMs);
    call !== null;
    call = policy.nextKeepAlive(untilMs)
  ) {
    const request = {
      leaf: call.leaf,
      tailTokens: 0,
      startMs: call.atMs,
      responseBeginMs: call.atMs,
      cancelled: false,
    };
    onCall(predictAndApply(setting, request, call.markers));
    calls += 1;
  }
  return calls;
}

function addTo(sum: Sum, tokens: TokensByClass): void {
  sum.read += tokens.read;
  sum.write5m += tokens.write5m;
  sum.write1h += tokens.write1h;
  sum.input += tokens.input;
}

/** Holds outcomes back until the time at which they are known. A heap by end of response. */
class PendingOutcomes {
  readonly #heap: RequestOutcome[] = [];
  readonly #policy: CachePolicy;

  constructor(policy: CachePolicy) {
    this.#policy = policy;
  }

  add(outcome: RequestOutcome): void {
    const heap = this.#heap;
    let at = heap.push(outcome) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if ((heap[above]?.endMs ?? 0) <= outcome.endMs) break;
      heap[at] = heap[above] ?? outcome;
      at = above;
    }
    heap[at] = outcome;
  }

  deliver(untilMs: number): void {
    for (let top = this.#heap[0]; top !== undefined && top.endMs <= untilMs; top = this.#heap[0]) {
      this.#removeTop();
      this.#policy.observe?.(top);
    }
  }

  #removeTop(): void {
    const heap = this.#heap;
    const moved = heap.pop();
    if (moved === undefined || heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1];
      if (right !== undefined && right.endMs < (heap[child]?.endMs ?? 0)) child += 1;
      const smaller = heap[child];
      if (smaller === undefined || smaller.endMs >= moved.endMs) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = moved;
  }
}
