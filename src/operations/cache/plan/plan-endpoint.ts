/** The plan for an endpoint, from its recorded traffic: what the planner marks, and what that saves. */
import { DAY_MS, picoUsd, seededRandom } from "../../../base/index.ts";
import { tokenAmount } from "../../../domain/billing/index.ts";
import type { Catalogue } from "../../../domain/catalogue/index.ts";
import {
  asSentPolicy,
  DEFAULT_ASSUMPTIONS,
  NO_NODE,
  type PlacedMarker,
  type PolicyFactory,
  type PrefixTree,
  placeKindOf,
  purserPolicy,
  type TokensByClass,
} from "../../../domain/prompt-cache/index.ts";
import type { Window } from "../../../stores/contracts/index.ts";
import { ratesOf } from "../priced-model.ts";
import { replayTraffic } from "../replay-traffic.ts";
import type { Traffic } from "../traffic.ts";
import { type BlockValue, bootstrapMonthly, type MonthlyEstimate } from "./block-bootstrap.ts";

const MONTH_MS = 30.4375 * 86_400_000;
/** A shorter stretch says too little of a month; it counts as this long, so that nothing is blown up. */
const WINDOW_MS_MIN = DAY_MS;
/** So that the same ledger gives the same interval. */
const SEED = 20_261_122;

export type MarkedPlace = {
  readonly place: "tools" | "system" | "end-of-prompt" | "inside-messages";
  readonly lifetime: "5m" | "1h";
  readonly requests: number;
  /** Tokens of the prefix that the marker closes, on average. */
  readonly tokensMean: number;
};

/** Estimates are of prompts, in picodollars a month. */
export type EndpointPlan = {
  readonly requests: number;
  readonly now: MonthlyEstimate;
  readonly planned: MonthlyEstimate;
  readonly saving: MonthlyEstimate;
  readonly places: readonly MarkedPlace[];
  readonly tooShort: number;
  readonly unmarked: number;
  readonly learned: readonly string[];
};

/** `window` is what was asked for; its open ends are the first and the last request. */
export function planEndpoint(traffic: Traffic, catalogue: Catalogue, window: Window): EndpointPlan {
  const assumptions = DEFAULT_ASSUMPTIONS;
  const marks = new MarkCounts();
  const replayed = (policy: PolicyFactory) => {
    const costs = new RequestCosts(traffic, catalogue);
    const { explanation } = replayTraffic(traffic, policy, {
      catalogue,
      assumptions,
      onRequest: (part, index, tokens) => costs.set(part, index, tokens),
    });
    return { costs, explanation };
  };
  const now = replayed(asSentPolicy).costs;
  const { costs: planned, explanation } = replayed(marks.watching(purserPolicy));
  const scale = MONTH_MS / windowOf(traffic, window);
  const monthly = (costOf: (part: number, index: number) => number): MonthlyEstimate =>
    bootstrapMonthly(valuesOf(traffic, costOf), scale, seededRandom(SEED));
  return {
    requests: traffic.parts.reduce((sum, { workload }) => sum + workload.requests.length, 0),
    now: monthly((part, index) => now.of(part, index)),
    planned: monthly((part, index) => planned.of(part, index)),
    saving: monthly((part, index) => now.of(part, index) - planned.of(part, index)),
    places: marks.places(),
    tooShort: marks.tooShort,
    unmarked: marks.unmarked,
    learned: explanation,
  };
}

function valuesOf(
  traffic: Traffic,
  costOf: (part: number, index: number) => number,
): readonly BlockValue[] {
  return traffic.parts.flatMap(({ workload }, part) =>
    workload.requests.map(
      ({ startMs, session }, index): BlockValue => ({
        atMs: startMs,
        session,
        value: costOf(part, index),
      }),
    ),
  );
}

/** What each request's prompt costs. Numbers, for estimates over many requests; never for a bill. */
class RequestCosts {
  readonly #traffic: Traffic;
  readonly #catalogue: Catalogue;
  readonly #columns: readonly Float64Array[];

  constructor(traffic: Traffic, catalogue: Catalogue) {
    this.#traffic = traffic;
    this.#catalogue = catalogue;
    this.#columns = traffic.parts.map(({ workload }) => new Float64Array(workload.requests.length));
  }

  set(part: number, index: number, tokens: TokensByClass): void {
    const column = this.#columns[part];
    if (column === undefined) return;
    column[index] = costOf(this.#traffic, this.#catalogue, { part, index, tokens });
  }

  of(part: number, index: number): number {
    return this.#columns[part]?.[index] ?? 0;
  }
}

/** In picodollars. */
function costOf(
  traffic: Traffic,
  catalogue: Catalogue,
  {
    part,
    index,
    tokens,
  }: {
    readonly part: number;
    readonly index: number;
    readonly tokens: TokensByClass;
  },
): number {
  const found = traffic.parts[part];
  if (found === undefined) return 0;
  const promptTokens = tokens.read + tokens.write5m + tokens.write1h + tokens.input;
  const moment = { at: found.pricedAt(index), pricedAs: found.pricedAs(index), promptTokens };
  const rates = ratesOf(catalogue, found.model.facts, moment);
  const amount = rates === null ? null : tokenAmount({ ...tokens, output: 0 }, rates);
  return Number(amount ?? picoUsd(0n));
}

function windowOf({ parts }: Traffic, { since, until }: Window): number {
  const times = parts.flatMap(({ workload }) => {
    const [first, last] = [workload.requests[0], workload.requests.at(-1)];
    return first === undefined || last === undefined ? [] : [first.startMs, last.startMs];
  });
  const from = since ?? Math.min(...times);
  return Math.max(WINDOW_MS_MIN, (until ?? Math.max(...times)) - from);
}

/** Counts where a policy's markers stand. */
class MarkCounts {
  readonly #places = new Map<
    string,
    {
      readonly place: MarkedPlace["place"];
      readonly lifetime: "5m" | "1h";
      requests: number;
      tokens: number;
    }
  >();
  tooShort = 0;
  unmarked = 0;

  watching(factory: PolicyFactory): PolicyFactory {
    return (setting) => {
      const policy = factory(setting);
      return {
        name: policy.name,
        plan: (request) => {
          const markers = policy.plan(request);
          this.#count(setting.tree, request.leaf, markers);
          const tokens =
            request.leaf === NO_NODE ? 0 : (setting.tree.prefixTokens[request.leaf] ?? 0);
          if (tokens < setting.prefixTokensMin) this.tooShort += 1;
          else if (markers.length === 0) this.unmarked += 1;
          return markers;
        },
        observe: (outcome) => policy.observe?.(outcome),
        explain: () => policy.explain?.() ?? [],
      };
    };
  }

  places(): readonly MarkedPlace[] {
    return [...this.#places.values()]
      .map(({ place, lifetime, requests, tokens }) => ({
        place,
        lifetime,
        requests,
        tokensMean: Math.round(tokens / requests),
      }))
      .sort((a, b) => b.requests - a.requests);
  }

  #count(tree: PrefixTree, leaf: number, markers: readonly PlacedMarker[]): void {
    for (const { node, lifetime } of markers) {
      const place = placeOf(tree, node, leaf);
      const key = `${place} ${lifetime}`;
      const known = this.#places.get(key) ?? { place, lifetime, requests: 0, tokens: 0 };
      known.requests += 1;
      known.tokens += tree.prefixTokens[node] ?? 0;
      this.#places.set(key, known);
    }
  }
}

function placeOf(tree: PrefixTree, node: number, leaf: number): MarkedPlace["place"] {
  if (node === leaf) return "end-of-prompt";
  const kind = placeKindOf(tree, node);
  return kind === "tools" || kind === "system" ? kind : "inside-messages";
}
