/** Sends recorded calls through the steps, one after another, and the past through the cache's rules. */
import { HOUR_MS, type Instant, instant, PurserError, picoUsd } from "../../base/index.ts";
import type { Catalogue } from "../../domain/catalogue/index.ts";
import { NO_NODE, placeKindOf } from "../../domain/prompt-cache/index.ts";
import {
  type CallProfile,
  Counterfactual,
  needsPrompts,
  PastCheck,
  type ProfilePlan,
  priceOfCall,
  type RecordedBlock,
  type RecordedCall,
  type Step,
} from "../../domain/workloads/index.ts";
import {
  callOfTraffic,
  profileOfTraffic,
  type RecordedExchange,
  recordedExchange,
} from "../../services/importers/index.ts";
import type { LedgerReader, Window } from "../../stores/contracts/index.ts";
import { type Traffic, type TrafficPart, trafficOfTrace } from "../cache/traffic.ts";
import type { OperationContext } from "../context.ts";
import type { Steps } from "./to-steps.ts";

/** Of a larger ledger so many of the newest calls are predicted, unless a step needs all prompts. */
const CHECKED_CALLS_MAX = 5_000;

export type RanWhatif = {
  readonly source: string;
  readonly engine: Counterfactual;
  readonly past: PastCheck;
  readonly checkedCalls: number;
  readonly withoutBill: number;
  readonly assumed: readonly string[];
};

/** Errors: `WHATIF_TRAFFIC_MISSING`, `WHATIF_STOPPED`, those of the ledger. */
export async function runOverLedger(
  { steps, byCaller }: Pick<Steps, "steps" | "byCaller">,
  window: Window,
  context: OperationContext,
): Promise<RanWhatif> {
  const reader = await context.ledger();
  const catalogue = context.catalogue();
  const { billed, withoutBill } = await reader.trafficCounts(window);
  if (billed === 0) {
    const what = `no billed call is in the window (${withoutBill} without a bill)`;
    throw new PurserError("WHATIF_TRAFFIC_MISSING", { what });
  }
  const run = new Run(steps, catalogue, context, billed);
  if (byCaller || steps.some(needsPrompts)) await run.withPrompts(reader, window, true);
  else {
    await run.inColumns(reader, window);
    await run.withPrompts(reader, await newestPart(reader, window, billed), false);
  }
  return { source: "ledger", ...run.result(), withoutBill, assumed: LEDGER_ASSUMED };
}

const LEDGER_ASSUMED: readonly string[] = [
  "all keys share one workspace, and so its cache",
  "a call that is sent to another model finds in its cache what it found before, where it is long enough",
  "volume makes caches neither warmer nor colder, and answers do not change with what is trimmed",
];

/** The end of the window that holds about as many calls as are checked. */
async function newestPart(reader: LedgerReader, window: Window, billed: number): Promise<Window> {
  if (billed <= CHECKED_CALLS_MAX) return window;
  const span = await reader.span();
  if (span === null) return window;
  const from = Math.max(window.since ?? span.first, span.first);
  const to = Math.min(window.until ?? span.last + 1, span.last + 1);
  const since = to - ((to - from) * CHECKED_CALLS_MAX) / billed;
  return { since: instant(since), until: window.until };
}

class Run {
  readonly #engine: Counterfactual;
  readonly #past: PastCheck;
  readonly #catalogue: Catalogue;
  readonly #context: OperationContext;
  readonly #all: number;
  #checked = 0;

  constructor(
    steps: readonly Step[],
    catalogue: Catalogue,
    context: OperationContext,
    all: number,
  ) {
    this.#engine = new Counterfactual(steps, catalogue);
    this.#past = new PastCheck(catalogue);
    this.#catalogue = catalogue;
    this.#context = context;
    this.#all = all;
  }

  async inColumns(reader: LedgerReader, window: Window): Promise<void> {
    for await (const batch of reader.traffic(window)) {
      this.#goOn();
      const plans = batch.profiles.map((profile) =>
        this.#engine.plan(profileOfTraffic(profile, this.#catalogue)),
      );
      for (let row = 0; row < batch.rows; row += 1) {
        const plan = plans[batch.profile[row] ?? -1];
        if (plan !== undefined) this.#engine.add(plan, callOfTraffic(batch, row));
      }
    }
  }

  /**
   * `counts` is whether the calls go through the steps as well. The hour before the window is read too:
   * what it left in the cache is read in the window.
   */
  async withPrompts(reader: LedgerReader, window: Window, counts: boolean): Promise<void> {
    let seen = 0;
    const { since, until } = window;
    const from = since === null ? null : instant(since - HOUR_MS);
    for await (const exchange of reader.prompts({ since: from, until })) {
      seen += 1;
      if (seen % GO_ON_EVERY === 0) this.#goOn();
      const found = recordedExchange(exchange, this.#catalogue);
      if (found === null) continue;
      const isInside = since === null || exchange.opened.at >= since;
      if (isInside && counts) this.#engine.add(this.#engine.plan(found.profile), found.call);
      this.#check(found, isInside);
    }
  }

  #check({ profile, call }: RecordedExchange, isInside: boolean): void {
    if (call.prompt === null || profile.composite) return;
    if (isInside) this.#checked += 1;
    this.#past.add(profile, call, isInside);
  }

  addTrace(plan: ProfilePlan, call: RecordedCall): void {
    if (this.#engine.calls % GO_ON_EVERY === 0) this.#goOn();
    this.#engine.add(plan, call);
  }

  plan(profile: CallProfile): ProfilePlan {
    return this.#engine.plan(profile);
  }

  #goOn(): void {
    this.#context.progress?.(this.#engine.calls, this.#all);
    if (!this.#context.signal.aborted) return;
    const what = `it was stopped after ${this.#engine.calls} of ${this.#all} calls`;
    throw new PurserError("WHATIF_STOPPED", { what });
  }

  result() {
    return { engine: this.#engine, past: this.#past, checkedCalls: this.#checked };
  }
}

const GO_ON_EVERY = 2_000;

/** A trace has no bill: its past is every prompt sent fresh, at the prices of the day. */
export async function runOverTrace(
  steps: readonly Step[],
  question: {
    readonly trace: string;
    readonly model: string | undefined;
    readonly at: Instant | null;
  },
  context: OperationContext,
): Promise<RanWhatif> {
  const { trace, model, at } = question;
  const traffic = await trafficOfTrace(trace, { model, at, minimumTokens: null }, context);
  const catalogue = context.catalogue();
  const all = traffic.parts.reduce((sum, { workload }) => sum + workload.requests.length, 0);
  const run = new Run(steps, catalogue, context, all);
  for (const part of traffic.parts) addPart(run, part, catalogue);
  const assumed = ["a trace has no bill: its past is every prompt sent fresh", ...traffic.assumed];
  return { source: traffic.name, ...run.result(), withoutBill: leftOut(traffic), assumed };
}

function leftOut({ problemCount }: Traffic): number {
  return problemCount;
}

function addPart(run: Run, part: TrafficPart, catalogue: Catalogue): void {
  const { workload, model } = part;
  const profile: CallProfile = {
    facts: {
      endpoint: null,
      model: model.facts.id,
      key: null,
      team: null,
      userType: null,
      user: null,
      session: null,
      tags: {},
    },
    model: model.facts,
    pricedAs: part.pricedAs(0),
    effort: null,
    composite: false,
  };
  const plan = run.plan(profile);
  workload.requests.forEach((request, index) => {
    const at = part.pricedAt(index);
    const blocks = blocksTo(part, request.leaf);
    const promptTokens = (workload.tree.prefixTokens[request.leaf] ?? 0) + request.tailTokens;
    const tokens = { read: 0, write5m: 0, write1h: 0, input: promptTokens };
    const billable = {
      model: model.facts,
      pricedAs: profile.pricedAs,
      tokens,
      outputTokens: request.outputTokens,
      webSearches: 0,
    };
    // Requests of a trace are priced at one day and cached at their own times.
    run.addTrace(plan, {
      atMs: request.startMs,
      pricedAtMs: at,
      responseBeginMs: request.responseBeginMs,
      cancelled: request.ending === "cancelled",
      tokens,
      outputTokens: request.outputTokens,
      webSearches: 0,
      amount: priceOfCall(billable, at, catalogue) ?? picoUsd(0n),
      prompt: { blocks, tailTokens: request.tailTokens, markers: [] },
    });
  });
}

function blocksTo({ workload }: TrafficPart, leaf: number): readonly RecordedBlock[] {
  const { tree } = workload;
  const blocks: RecordedBlock[] = [];
  for (let node = leaf; node !== NO_NODE; node = tree.parent[node] ?? NO_NODE) {
    blocks.push({
      key: String(node),
      weight: tree.tokens[node] ?? 0,
      kind: placeKindOf(tree, node),
      markable: tree.markable[node] === 1,
    });
  }
  return blocks.reverse();
}
