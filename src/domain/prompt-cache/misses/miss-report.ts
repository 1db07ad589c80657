/** Every block held against its best plan: what each cause cost, with an example of each. */
import { assert } from "../../../base/index.ts";
import { LIFETIME_MS } from "../workload/workload.ts";
import { bestVisits } from "./best-visits.ts";
import type { BlockVisit, BlockVisits } from "./block-visits.ts";
import { MISS_CAUSES, type MissCause, providerWordFor } from "./causes.ts";
import type { RememberedRequest } from "./diagnose-misses.ts";
import { BILLED_AS, type BilledAs } from "./fit-tokens.ts";
import type { SeenRequest, TokenPrices } from "./seen-request.ts";

export type MissEvidence = {
  readonly exchange: string;
  /** The earlier exchange that it was compared with, where there is one. */
  readonly against: string | null;
  /** Position of the first block that was not read. */
  readonly block: number;
  readonly message: number | null;
  /** UTF-8 bytes into the block's text, and how many differ. */
  readonly offset: number | null;
  readonly length: number | null;
  readonly expiredByMs: number | null;
  readonly reportedMiss: string | null;
};

export type CauseSum = {
  readonly cause: MissCause;
  /** Requests in which it made something dearer. */
  readonly requests: number;
  /** Tokens that were paid in full or written, and would have been read. */
  readonly tokens: number;
  /** Picodollars. */
  readonly amount: bigint;
  /** The dearest request of this cause. */
  readonly example: MissEvidence | null;
};

/** Of what expired: picodollars that another way to keep it alive would have saved, costs deducted. */
export type ExpiryMends = {
  readonly hour: bigint;
  readonly keepAlive: bigint;
  /** The shortest and the longest time by which something had expired. */
  readonly expiredByMsMin: number | null;
  readonly expiredByMsMax: number | null;
};

/** How the provider's own diagnosis compares, over the requests that asked for it. */
export type ProviderComparison = {
  readonly compared: number;
  readonly agreed: number;
  /** Requests on which the two differ, at most {@link DIFFERING_MAX}. */
  readonly differing: readonly {
    readonly exchange: string;
    readonly provider: string;
    readonly ours: MissCause | null;
  }[];
};

export type MissReport = {
  readonly requests: number;
  /** Picodollars: what the prompts were billed, what the best plan costs, and the difference. */
  readonly billed: bigint;
  readonly best: bigint;
  readonly gap: bigint;
  /** Dearest first; the amounts sum to `gap`. */
  readonly causes: readonly CauseSum[];
  readonly expiry: ExpiryMends;
  readonly provider: ProviderComparison;
};

export const DIFFERING_MAX = 20;

export function reportOf(requests: readonly RememberedRequest[], visits: BlockVisits): MissReport {
  const sums = new Sums(requests);
  let billed = 0n;
  let best = 0n;
  for (const { request, rest } of requests) {
    billed += priceOf(request.tokens, request.prices);
    best += priceOf(rest, request.prices);
  }
  for (const chain of visits.all()) best += sums.addChain(chain);
  const causes = sums.causes();
  const gap = billed - best;
  const explained = causes.reduce((sum, { amount }) => sum + amount, 0n);
  assert(explained === gap, `the causes sum to the gap: ${explained} and ${gap}`);
  return {
    requests: requests.length,
    billed,
    best,
    gap,
    causes,
    expiry: sums.expiry(),
    provider: sums.provider(),
  };
}

function priceOf(tokens: Readonly<Record<BilledAs, number>>, prices: TokenPrices): bigint {
  return BILLED_AS.reduce((sum, name) => sum + BigInt(tokens[name] * prices[name]), 0n);
}

type MutableSum = {
  tokens: number;
  amount: bigint;
  readonly byRequest: Map<number, { amount: bigint; firstBlock: number; byMs: number | null }>;
};

/** A difference between what a visit was billed and what it costs in the best plan. */
type Difference = { readonly visit: BlockVisit; readonly amount: number; cause: MissCause };

class Sums {
  readonly #requests: readonly RememberedRequest[];
  readonly #sums = new Map<MissCause, MutableSum>();
  #hour = 0n;
  #keepAlive = 0n;
  #expiredByMs: readonly [number, number] | null = null;

  constructor(requests: readonly RememberedRequest[]) {
    this.#requests = requests;
  }

  /** Adds the visits of one block; returns what its best plan costs. */
  addChain(chain: readonly BlockVisit[]): bigint {
    const steps = bestVisits(
      chain.map(({ request, tokens }) => {
        const { startMs, prices } = this.#request(request);
        return { atMs: startMs, tokens, prices };
      }),
      chain[0]?.billedAs === "read",
    );
    for (const difference of this.#differences(chain, steps)) this.#add(difference);
    chain.forEach((visit, index) => {
      this.#weighExpiry(visit, chain[index - 1]);
    });
    return steps.reduce((sum, step) => sum + BigInt(step), 0n);
  }

  /**
   * What the best plan invests (a write where the bill has none) belongs to the miss that it avoids: the
   * next one of this block, or the one before when there is none.
   */
  #differences(chain: readonly BlockVisit[], steps: readonly number[]): readonly Difference[] {
    const differences: Difference[] = [];
    for (const [index, visit] of chain.entries()) {
      const { prices } = this.#request(visit.request);
      const amount = visit.tokens * prices[visit.billedAs] - (steps[index] ?? 0);
      if (amount === 0) continue;
      const cause = amount > 0 ? causeOf(visit, chain[index + 1]) : "unexplained";
      differences.push({ visit, amount, cause });
    }
    for (const [index, difference] of differences.entries()) {
      if (difference.amount > 0) continue;
      const avoided =
        differences.slice(index + 1).find(({ amount }) => amount > 0) ??
        differences.slice(0, index).findLast(({ amount }) => amount > 0);
      if (avoided !== undefined) difference.cause = avoided.cause;
    }
    return differences;
  }

  #add({ visit, amount, cause }: Difference): void {
    let sum = this.#sums.get(cause);
    if (sum === undefined) {
      sum = { tokens: 0, amount: 0n, byRequest: new Map() };
      this.#sums.set(cause, sum);
    }
    sum.amount += BigInt(amount);
    if (amount <= 0) return;
    sum.tokens += visit.tokens;
    const found = sum.byRequest.get(visit.request);
    if (found === undefined) {
      sum.byRequest.set(visit.request, {
        amount: BigInt(amount),
        firstBlock: visit.block,
        byMs: visit.miss?.expiredByMs ?? null,
      });
    } else {
      found.amount += BigInt(amount);
      found.firstBlock = Math.min(found.firstBlock, visit.block);
    }
  }

  #weighExpiry(visit: BlockVisit, before: BlockVisit | undefined): void {
    if (before === undefined || visit.miss?.cause !== "expired") return;
    const { startMs, prices } = this.#request(visit.request);
    const earlier = this.#request(before.request);
    const byMs = visit.miss.expiredByMs ?? 0;
    const [least, most] = this.#expiredByMs ?? [byMs, byMs];
    this.#expiredByMs = [Math.min(least, byMs), Math.max(most, byMs)];
    const gapMs = startMs - earlier.startMs;
    const saved = visit.tokens * (prices[visit.billedAs] - prices.read);
    const dearer = before.tokens * (earlier.prices.write1h - earlier.prices.write5m);
    if (gapMs < LIFETIME_MS["1h"] && before.billedAs !== "write1h") {
      this.#hour += BigInt(saved - dearer);
    }
    const calls = Math.max(0, Math.ceil(gapMs / LIFETIME_MS["5m"]) - 1);
    this.#keepAlive += BigInt(saved - visit.tokens * prices.read * calls);
  }

  causes(): readonly CauseSum[] {
    const found = MISS_CAUSES.flatMap((cause): readonly CauseSum[] => {
      const sum = this.#sums.get(cause);
      if (sum === undefined) return [];
      const { tokens, amount, byRequest } = sum;
      return [{ cause, requests: byRequest.size, tokens, amount, example: this.#example(cause) }];
    });
    return found.sort((left, right) => (left.amount < right.amount ? 1 : -1));
  }

  #example(cause: MissCause): MissEvidence | null {
    const byRequest = this.#sums.get(cause)?.byRequest ?? new Map();
    let dearest: number | null = null;
    for (const [request, { amount }] of byRequest) {
      if (dearest === null || amount > (byRequest.get(dearest)?.amount ?? 0n)) dearest = request;
    }
    const found = dearest === null ? undefined : byRequest.get(dearest);
    if (dearest === null || found === undefined) return null;
    return evidenceOf(this.#request(dearest), cause, found);
  }

  expiry(): ExpiryMends {
    return {
      hour: this.#hour,
      keepAlive: this.#keepAlive,
      expiredByMsMin: this.#expiredByMs?.[0] ?? null,
      expiredByMsMax: this.#expiredByMs?.[1] ?? null,
    };
  }

  provider(): ProviderComparison {
    const main = this.#mainCauses();
    let compared = 0;
    let agreed = 0;
    const differing: ProviderComparison["differing"][number][] = [];
    for (const [index, { request }] of this.#requests.entries()) {
      const provider = request.reportedMiss;
      if (provider === null) continue;
      compared += 1;
      const ours = main.get(index)?.cause ?? null;
      if (ours !== null && providerWordFor(ours) === provider) agreed += 1;
      else if (differing.length < DIFFERING_MAX) {
        differing.push({ exchange: request.id, provider, ours });
      }
    }
    return { compared, agreed, differing };
  }

  /** Of each request the cause that cost it the most. */
  #mainCauses(): ReadonlyMap<number, { readonly cause: MissCause; readonly amount: bigint }> {
    const main = new Map<number, { readonly cause: MissCause; readonly amount: bigint }>();
    for (const [cause, { byRequest }] of this.#sums) {
      for (const [request, { amount }] of byRequest) {
        if (amount > (main.get(request)?.amount ?? 0n)) main.set(request, { cause, amount });
      }
    }
    return main;
  }

  #request(index: number): SeenRequest {
    const found = this.#requests[index];
    assert(found !== undefined, "a visit names its request");
    return found.request;
  }
}

/** A block seen for the first time is only dearer than need be when it was written in vain. */
function causeOf(visit: BlockVisit, next: BlockVisit | undefined): MissCause {
  if (visit.miss !== null) return visit.miss.cause;
  if (visit.billedAs === "input" || visit.billedAs === "read") return "unexplained";
  return next?.billedAs === "read" ? "lifetime-too-long" : "written-never-read";
}

const BREAK_CAUSES = /^(tool-(edited|added|removed)|tools-|system-|history-)/;

function evidenceOf(
  request: SeenRequest,
  cause: MissCause,
  found: { readonly firstBlock: number; readonly byMs: number | null },
): MissEvidence {
  const broken = BREAK_CAUSES.test(cause) ? request.prefixBreak : null;
  return {
    exchange: request.id,
    against: broken?.against ?? null,
    block: broken?.block ?? found.firstBlock,
    message: broken?.message ?? null,
    offset: broken?.offset ?? null,
    length: broken?.length ?? null,
    expiredByMs: found.byMs,
    reportedMiss: request.reportedMiss,
  };
}
