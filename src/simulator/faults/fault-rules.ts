/** Which call meets which fault: rules in order, by match, by probability, at most so many times. */
import type { Random } from "../../base/index.ts";
import { type Match, matches, type ScriptedRequest } from "../matching/index.ts";
import type { Fault } from "./fault.ts";

export type FaultRule = {
  readonly fault: Fault;
  /** 0 to 1; default 1. Drawn from the simulator's seed, in the order of the calls. */
  readonly probability?: number;
  readonly match?: Match;
  /** After this many faults the rule is spent; default without end. */
  readonly times?: number;
};

/** Rules kept at once. */
export const FAULT_RULES_MAX = 1_000;

export class FaultRules {
  #rules: { readonly rule: FaultRule; left: number }[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Replaces all rules; an empty list ends the faults. */
  set(rules: readonly FaultRule[]): void {
    this.#rules = rules
      .slice(0, FAULT_RULES_MAX)
      .map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** The fault that this call meets, if any; draws once for each rule that matches. */
  next(request: ScriptedRequest): Fault | null {
    for (const entry of this.#rules) {
      if (entry.left <= 0 || !matches(entry.rule.match, request)) continue;
      if (this.#random.next() >= (entry.rule.probability ?? 1)) continue;
      entry.left -= 1;
      return entry.rule.fault;
    }
    return null;
  }
}
