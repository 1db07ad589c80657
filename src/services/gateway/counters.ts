/** What the gateway counts, for `/metrics` and for its own tests. */
import type { Outcome } from "../../stores/contracts/index.ts";
import { OUTCOMES } from "../../stores/contracts/index.ts";

/** Upper bounds in milliseconds; what is slower falls in the last, unbounded bucket. */
export const LATENCY_BOUNDS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000] as const;

export type LatencyHistogram = {
  /** One count per bound, and one for what is slower; not cumulative. */
  readonly counts: readonly number[];
  readonly sumMs: number;
  readonly count: number;
};

export type GatewayCounters = {
  readonly requests: number;
  readonly metered: number;
  readonly passed: number;
  readonly inFlight: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Answers that Purser gave itself, by code. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Successful answers of which no usage could be read. */
  readonly unmetered: number;
  /** Calls passed on without an entry in the ledger, where that is allowed. */
  readonly passedUnmetered: number;
  readonly ledgerRefusals: number;
  /** Answers that were cut because they could not be settled. */
  readonly settleFailures: number;
  readonly unpriced: number;
  readonly droppedLabels: number;
  /** Calls that fell under a cache policy, by what was decided: `apply`, `left-alone own-markers`. */
  readonly cacheDecisions: Readonly<Record<string, number>>;
  /** Keep-alive calls by what became of them: `read`, `missed`, or why none was made. */
  readonly keepAlives: Readonly<Record<string, number>>;
  /** Prompts kept in memory so that their prefixes can be kept alive, and the bytes of their bodies. */
  readonly keptPrompts: number;
  readonly keptPromptsBytes: number;
  /** Calls that wait now for another with the same prefix. */
  readonly holding: number;
  /** Calls that waited for another with the same prefix, by what ended the wait. */
  readonly held: Readonly<Record<string, number>>;
  readonly heldMs: number;
  /** What limits decided, by rule and limit. */
  readonly limitDecisions: Readonly<Record<string, number>>;
  /** Calls that wait now for their turn, and how long others have waited. */
  readonly waiting: number;
  readonly waitedMs: number;
  /** Requests in batches that were made, and results of batches that were booked. */
  readonly batchRequests: number;
  readonly batchResults: number;
  /** Calls that were accepted to wait for a batch. */
  readonly deferred: number;
  /** Calls under a policy that defers, by what was decided: `apply`, `left-alone no-virtual-key`. */
  readonly deferralDecisions: Readonly<Record<string, number>>;
  /** From the whole request to its dispatch: reading, opening, the journal. */
  readonly addedBefore: LatencyHistogram;
  /** From holding the last bytes to their release: settling, the sync. */
  readonly addedAfter: LatencyHistogram;
};

export class Counters {
  requests = 0;
  metered = 0;
  inFlight = 0;
  requestBytes = 0;
  responseBytes = 0;
  unmetered = 0;
  passedUnmetered = 0;
  ledgerRefusals = 0;
  settleFailures = 0;
  unpriced = 0;
  droppedLabels = 0;
  holding = 0;
  waiting = 0;
  waitedMs = 0;
  heldMs = 0;
  batchRequests = 0;
  batchResults = 0;
  deferred = 0;
  keptPrompts = 0;
  keptPromptsBytes = 0;
  readonly addedBefore = new Histogram();
  readonly addedAfter = new Histogram();
  readonly #outcomes = new Map<Outcome, number>(OUTCOMES.map((outcome) => [outcome, 0]));
  readonly #refusals = new Map<string, number>();
  readonly #cacheDecisions = new Map<string, number>();
  readonly #limitDecisions = new Map<string, number>();
  readonly #keepAlives = new Map<string, number>();
  readonly #deferralDecisions = new Map<string, number>();
  readonly #held = new Map<string, number>();

  outcome(outcome: Outcome): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  refusal(code: string): void {
    addOne(this.#refusals, code);
  }

  cacheDecision(decision: string): void {
    addOne(this.#cacheDecisions, decision);
  }

  limitDecision(decision: string): void {
    addOne(this.#limitDecisions, decision);
  }

  keepAlive(outcome: string): void {
    addOne(this.#keepAlives, outcome);
  }

  deferralDecision(decision: string): void {
    addOne(this.#deferralDecisions, decision);
  }

  hold(end: string, heldMs: number): void {
    addOne(this.#held, end);
    this.heldMs += heldMs;
  }

  read(): GatewayCounters {
    return {
      requests: this.requests,
      metered: this.metered,
      passed: this.requests - this.metered,
      inFlight: this.inFlight,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
      outcomes: Object.fromEntries(this.#outcomes) as Record<Outcome, number>,
      refusals: Object.fromEntries(this.#refusals),
      unmetered: this.unmetered,
      passedUnmetered: this.passedUnmetered,
      ledgerRefusals: this.ledgerRefusals,
      settleFailures: this.settleFailures,
      unpriced: this.unpriced,
      droppedLabels: this.droppedLabels,
      cacheDecisions: Object.fromEntries(this.#cacheDecisions),
      limitDecisions: Object.fromEntries(this.#limitDecisions),
      waiting: this.waiting,
      waitedMs: this.waitedMs,
      keepAlives: Object.fromEntries(this.#keepAlives),
      keptPrompts: this.keptPrompts,
      keptPromptsBytes: this.keptPromptsBytes,
      holding: this.holding,
      held: Object.fromEntries(this.#held),
      heldMs: this.heldMs,
      batchRequests: this.batchRequests,
      batchResults: this.batchResults,
      deferred: this.deferred,
      deferralDecisions: Object.fromEntries(this.#deferralDecisions),
      addedBefore: this.addedBefore.read(),
      addedAfter: this.addedAfter.read(),
    };
  }
}

function addOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

class Histogram {
  readonly #counts = new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0);
  #sumMs = 0;
  #count = 0;

  record(milliseconds: number): void {
    let bucket = 0;
    while (bucket < LATENCY_BOUNDS_MS.length && milliseconds > (LATENCY_BOUNDS_MS[bucket] ?? 0)) {
      bucket += 1;
    }
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sumMs += milliseconds;
    this.#count += 1;
  }

  read(): LatencyHistogram {
    return { counts: [...this.#counts], sumMs: this.#sumMs, count: this.#count };
  }
}
