/**
 * How far the planner trusts itself. While it is well below the cheapest fixed rule it does what it
 * expects to pay; the smaller its lead, the more an own decision must promise before it departs from
 * that rule; and once the lead is lost it does as the rule does.
 */
import { FIXED_RULES, type FixedRule, type FixedRules, type RunningBill } from "./fixed-rules.ts";

/** How far above the cheapest rule the planner's bill may be before it doubts itself, as a share. */
const FREE_EXCESS = 0.002;
/** Where it is above by this share, investments apart, the rule is followed, until it is nearly level. */
const FOLLOW_FROM = 0.003;
const FOLLOW_UNTIL = 0.001;
/** Most that a departure must promise beyond its price, as a share of the price. */
const DOUBT_MAX = 1;
/** Bills of fewer requests say little: up to here the excess may be larger, by the square of the ratio. */
const TELLING_REQUESTS = 1_000;
const FOLLOWED_REQUESTS = 500;

export class Caution {
  readonly #rules: FixedRules;
  readonly #own: RunningBill;
  #requests = 0;
  #following: FixedRule | null = null;

  constructor(rules: FixedRules, own: RunningBill) {
    this.#rules = rules;
    this.#own = own;
  }

  /** The rule to follow for the next request, or `null`. Call once a request. */
  ruleToFollow(): FixedRule | null {
    this.#requests += 1;
    const [rule, least] = this.#cheapest();
    const invested = this.#own.premiums - this.#rules.billOf(rule).premiums;
    const above = this.#own.total - least - Math.max(0, invested);
    const patience = 1 + (FOLLOWED_REQUESTS / this.#requests) ** 2;
    const from = (this.#following === null ? FOLLOW_FROM : FOLLOW_UNTIL) * patience;
    this.#following = above > from * least ? rule : null;
    return this.#following;
  }

  /** By what to multiply the expected worth of a write: below 1 where not writing leads. */
  writeWorth(): number {
    const [rule, least] = this.#cheapest();
    const above = least <= 0 ? 0 : this.#own.total / least - 1;
    const free = FREE_EXCESS * Math.max(1, (TELLING_REQUESTS / this.#requests) ** 2);
    const doubt = Math.min(DOUBT_MAX, Math.max(0, above / free - 1));
    return rule === "none" ? 1 / (1 + doubt) : 1 + doubt;
  }

  #cheapest(): readonly [FixedRule, number] {
    let rule: FixedRule = "none";
    let least = Number.POSITIVE_INFINITY;
    for (const name of FIXED_RULES) {
      const cost = this.#rules.billOf(name).total;
      if (cost >= least) continue;
      rule = name;
      least = cost;
    }
    return [rule, least];
  }

  explain(): readonly string[] {
    const [rule, least] = this.#cheapest();
    const percent = least <= 0 ? 0 : 100 * (this.#own.total / least - 1);
    const followed = this.#following === null ? "" : `, and does as ${this.#following} does`;
    return [
      `cheapest fixed rule so far: ${rule}; the planner is at ${percent.toFixed(2)}% beside it${followed}`,
    ];
  }
}
