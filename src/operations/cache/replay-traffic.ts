/** Traffic under one policy: tokens by class, the exact cost, and what it comes to in fresh input. */
import { type PicoUsd, picoUsd } from "../../base/index.ts";
import { tokenAmount } from "../../domain/billing/index.ts";
import type { Catalogue } from "../../domain/catalogue/index.ts";
import {
  boundOf,
  type CacheAssumptions,
  type PolicyFactory,
  replay,
  type TokensByClass,
} from "../../domain/prompt-cache/index.ts";
import { ratesOf } from "./priced-model.ts";
import type { Traffic, TrafficPart } from "./traffic.ts";

export type ReplayedTraffic = {
  readonly requests: number;
  readonly keepAliveCalls: number;
  /** `null` for the floor, which is no list of calls. */
  readonly tokens: TokensByClass | null;
  readonly outputTokens: number;
  readonly inputTokenEquivalents: number;
  /** `null` when a request has no price on its day. */
  readonly amount: PicoUsd | null;
  readonly explanation: readonly string[];
};

/** What one request of a part read, wrote and paid fresh. */
export type OnRequest = (part: number, index: number, tokens: TokensByClass) => void;

export type ReplaySettings = {
  readonly catalogue: Catalogue;
  readonly assumptions: CacheAssumptions;
  readonly onRequest?: OnRequest;
};

export function replayTraffic(
  traffic: Traffic,
  policy: PolicyFactory,
  settings: ReplaySettings,
): ReplayedTraffic {
  const several = traffic.parts.length > 1;
  const sums = traffic.parts.map((part, index) => {
    const replayed = replayPart(part, policy, {
      ...settings,
      onRequest: (_, at, tokens) => settings.onRequest?.(index, at, tokens),
    });
    const { explanation } = replayed;
    const named = explanation.map((sentence) => `${part.workload.name}: ${sentence}`);
    return { ...replayed, explanation: several ? named : explanation };
  });
  return sums.reduce(addUp);
}

function replayPart(
  part: TrafficPart,
  policy: PolicyFactory,
  { catalogue, assumptions, onRequest }: ReplaySettings,
): ReplayedTraffic {
  const { workload, model } = part;
  const price = new RunningAmount(part, catalogue);
  let at = 0;
  const result = replay(workload, policy, {
    rules: model,
    ratios: model.ratios,
    assumptions,
    onKeepAlive: (tokens) => price.add(at, { ...tokens, output: 0 }),
    onRequest: (index, tokens) => {
      at = index;
      const output = workload.requests[index]?.outputTokens ?? 0;
      price.add(index, { ...tokens, output });
      onRequest?.(0, index, tokens);
    },
  });
  return {
    requests: result.requests,
    keepAliveCalls: result.keepAliveCalls,
    tokens: result.tokens,
    outputTokens: outputOf(part),
    inputTokenEquivalents: result.inputTokenEquivalents,
    amount: price.total(),
    explanation: result.explanation,
  };
}

/** Each call at the rates of its own day, length and modifiers. */
class RunningAmount {
  readonly #part: TrafficPart;
  readonly #catalogue: Catalogue;
  #total: bigint | null = 0n;

  constructor(part: TrafficPart, catalogue: Catalogue) {
    this.#part = part;
    this.#catalogue = catalogue;
  }

  add(index: number, tokens: TokensByClass & { readonly output: number }): void {
    if (this.#total === null) return;
    const { model, pricedAs, pricedAt } = this.#part;
    const promptTokens = tokens.read + tokens.write5m + tokens.write1h + tokens.input;
    const moment = { at: pricedAt(index), pricedAs: pricedAs(index), promptTokens };
    const rates = ratesOf(this.#catalogue, model.facts, moment);
    const amount = rates === null ? null : tokenAmount(tokens, rates);
    this.#total = amount === null ? null : this.#total + amount;
  }

  total(): PicoUsd | null {
    return this.#total === null ? null : picoUsd(this.#total);
  }
}

/**
 * The floor. In dollars it takes the lowest input price that any of the requests pays, so that it stays
 * a floor where prices differ between them.
 */
export function boundTraffic(traffic: Traffic, catalogue: Catalogue): ReplayedTraffic {
  return traffic.parts
    .map((part): ReplayedTraffic => {
      const { model, workload } = part;
      const { inputTokenEquivalents } = boundOf(workload, {
        ratios: model.ratios,
        prefixTokensMin: model.prefixTokensMin,
        lifetimes: "extended",
        keepAlive: true,
      });
      return {
        requests: workload.requests.length,
        keepAliveCalls: 0,
        tokens: null,
        outputTokens: outputOf(part),
        inputTokenEquivalents,
        amount: boundAmount(part, catalogue, inputTokenEquivalents),
        explanation: [],
      };
    })
    .reduce(addUp);
}

/** Equivalents are kept to the thousandth of a token; what is below is dropped, as a floor may. */
function boundAmount(part: TrafficPart, catalogue: Catalogue, equivalents: number): PicoUsd | null {
  let lowest: bigint | null = null;
  let output = 0n;
  for (const [index, request] of part.workload.requests.entries()) {
    const promptTokens = promptTokensOf(part, index);
    const moment = { at: part.pricedAt(index), pricedAs: part.pricedAs(index), promptTokens };
    const rates = ratesOf(catalogue, part.model.facts, moment);
    if (rates === null) return null;
    output += BigInt(request.outputTokens) * rates.output;
    if (lowest === null || rates.input < lowest) lowest = rates.input;
  }
  const input = (BigInt(Math.floor(equivalents * 1000)) * (lowest ?? 0n)) / 1000n;
  return picoUsd(input + output);
}

export function promptTokensOf({ workload }: TrafficPart, index: number): number {
  const request = workload.requests[index];
  if (request === undefined) return 0;
  return (workload.tree.prefixTokens[request.leaf] ?? 0) + request.tailTokens;
}

function outputOf({ workload }: TrafficPart): number {
  return workload.requests.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
}

function addUp(left: ReplayedTraffic, right: ReplayedTraffic): ReplayedTraffic {
  return {
    requests: left.requests + right.requests,
    keepAliveCalls: left.keepAliveCalls + right.keepAliveCalls,
    tokens:
      left.tokens === null || right.tokens === null ? null : addTokens(left.tokens, right.tokens),
    outputTokens: left.outputTokens + right.outputTokens,
    inputTokenEquivalents: left.inputTokenEquivalents + right.inputTokenEquivalents,
    amount:
      left.amount === null || right.amount === null ? null : picoUsd(left.amount + right.amount),
    explanation: [...left.explanation, ...right.explanation],
  };
}

function addTokens(left: TokensByClass, right: TokensByClass): TokensByClass {
  return {
    read: left.read + right.read,
    write5m: left.write5m + right.write5m,
    write1h: left.write1h + right.write1h,
    input: left.input + right.input,
  };
}
