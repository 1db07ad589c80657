/**
 * What each fixed rule would have cost on the same traffic, kept beside the planner: a planner that is
 * dearer than one of them has learned something wrong, and does better to do as that rule does.
 */
import {
  automaticPolicy,
  type CachePolicy,
  fixedMarkers,
  type PolicySetting,
  type RequestToPlan,
  SectionPlaces,
} from "../policies/index.ts";
import { clearEntry, createCacheState } from "../prediction/cache-state.ts";
import {
  type CacheSetting,
  type PredictableRequest,
  predictAndApply,
  type TokensByClass,
} from "../prediction/predict.ts";
import type { PriceRatios } from "../prediction/rules.ts";
import { NO_NODE, type PrefixIndex } from "../workload/prefix-tree.ts";
import { LIFETIME_MS, type Lifetime, type PlacedMarker } from "../workload/workload.ts";

export const FIXED_RULES = ["none", "automatic", "fixed", "fixed-1h"] as const;
export type FixedRule = (typeof FIXED_RULES)[number];

/** Spans in which premiums of writes are held back, and how many there are. */
const PREMIUM_SPAN_MS = 30_000;
const PREMIUM_SPANS = LIFETIME_MS["5m"] / PREMIUM_SPAN_MS;

/** Requests over which what an hour would have saved is remembered. */
const GAIN_REQUESTS = 4_000;

/**
 * A running bill. What a write costs beyond fresh tokens is an investment: it comes back within five
 * minutes or not at all. So beside the bill as it is, there is one that counts it only after that.
 */
export class RunningBill {
  #total = 0;
  /** Premiums of the last five minutes, by span. */
  readonly #premiums = new Float64Array(PREMIUM_SPANS);
  #premium = 0;
  #span = 0;

  get total(): number {
    return this.#total;
  }

  /** What writes of the last five minutes cost beyond fresh tokens. */
  get premiums(): number {
    return this.#premium;
  }

  add(tokens: TokensByClass, ratios: PriceRatios, nowMs: number): number {
    this.#advance(nowMs);
    const premium = tokens.write5m * (ratios.write5m - 1) + tokens.write1h * (ratios.write1h - 1);
    const slot = this.#span % PREMIUM_SPANS;
    this.#premiums[slot] = (this.#premiums[slot] ?? 0) + premium;
    this.#premium += premium;
    const cost =
      tokens.input + tokens.write5m + tokens.write1h + tokens.read * ratios.read + premium;
    this.#total += cost;
    return cost;
  }

  /** The response told that a call cost `difference` more than was taken for granted. */
  correct(difference: number): void {
    this.#total += difference;
  }

  #advance(nowMs: number): void {
    const span = Math.floor(nowMs / PREMIUM_SPAN_MS);
    const first = Math.max(this.#span + 1, span - PREMIUM_SPANS + 1);
    for (let at = first; at <= span; at += 1) {
      const slot = at % PREMIUM_SPANS;
      this.#premium -= this.#premiums[slot] ?? 0;
      this.#premiums[slot] = 0;
    }
    this.#span = Math.max(this.#span, span);
  }
}

class Shadow {
  readonly bill = new RunningBill();
  readonly cache: CacheSetting;

  constructor(setting: PolicySetting) {
    const { tree, prefixTokensMin, assumptions } = setting;
    this.cache = { tree, state: createCacheState(tree.size), prefixTokensMin, assumptions };
  }
}

export class FixedRules {
  readonly #setting: PolicySetting;
  readonly #automatic: CachePolicy;
  readonly #places: SectionPlaces;
  readonly #none = new RunningBill();
  readonly #shadows: Readonly<Record<Exclude<FixedRule, "none">, Shadow>>;

  /** What an hour everywhere saved over five minutes everywhere, of late. */
  #hourGain = 0;

  constructor(setting: PolicySetting) {
    this.#setting = setting;
    this.#automatic = automaticPolicy(setting);
    this.#places = new SectionPlaces(setting.tree);
    this.#shadows = {
      automatic: new Shadow(setting),
      fixed: new Shadow(setting),
      "fixed-1h": new Shadow(setting),
    };
  }

  /** Bills `request` to every rule. */
  add(request: RequestToPlan, call: PredictableRequest): void {
    const { tree, ratios } = this.#setting;
    const { startMs } = request;
    const prompt = tree.prefixTokens[request.leaf] ?? 0;
    this.#none.add({ read: 0, write5m: 0, write1h: 0, input: prompt }, ratios, startMs);
    this.#bill("automatic", call, this.#automatic.plan(request));
    const short = fixedMarkers(tree, this.#places, request, "5m");
    const gain = this.#bill("fixed", call, short) - this.#bill("fixed-1h", call, inHours(short));
    this.#hourGain += gain - this.#hourGain / GAIN_REQUESTS;
  }

  /** Which of the two lifetimes serves this traffic better, everything marked alike. */
  get betterLifetime(): Lifetime {
    return this.#hourGain > 0 ? "1h" : "5m";
  }

  #bill(
    rule: Exclude<FixedRule, "none">,
    call: PredictableRequest,
    markers: readonly PlacedMarker[],
  ): number {
    const { bill, cache } = this.#shadows[rule];
    return bill.add(predictAndApply(cache, call, markers), this.#setting.ratios, call.startMs);
  }

  /** What `rule` would mark. */
  markersOf(rule: FixedRule, request: RequestToPlan): readonly PlacedMarker[] {
    if (rule === "none" || request.leaf === NO_NODE) return [];
    if (rule === "automatic") return this.#automatic.plan(request);
    const short = fixedMarkers(this.#setting.tree, this.#places, request, "5m");
    return rule === "fixed" ? short : inHours(short);
  }

  billOf(rule: FixedRule): RunningBill {
    return rule === "none" ? this.#none : this.#shadows[rule].bill;
  }

  forget(node: PrefixIndex): void {
    this.#places.forget(node);
    for (const { cache } of Object.values(this.#shadows)) clearEntry(cache.state, node);
  }
}

function inHours(markers: readonly PlacedMarker[]): readonly PlacedMarker[] {
  return markers.map(({ node }) => ({ node, lifetime: "1h" as const }));
}
