/**
 * The book of balances: reserve, settle, correct. A reservation is made in every budget that a call
 * falls under, or in none; it is settled once. Of a hard budget that is in force, spent and reserved
 * never pass the cap, except by calls that had no bound, and where the cap itself was lowered.
 */
import { assert } from "../../base/index.ts";
import { type Balance, Budget } from "./balance.ts";
import type { BudgetDefinition, BudgetSubject } from "./definition.ts";
import { type BalanceKey, compileMatcher } from "./matching.ts";
import { type Charge, needIn, spentIn, type WorstNeed } from "./need.ts";

export type BudgetedCall = {
  /** When it was received: it belongs to the windows of that moment. */
  readonly atMs: number;
  readonly subject: BudgetSubject;
  readonly worst: WorstNeed;
};

/** What a call would take from one budget, as things stand. */
export type Quote = {
  readonly budget: Budget;
  readonly key: BalanceKey;
  /** `null` where nothing was spent or reserved yet. */
  readonly balance: Balance | null;
  /** `null`: the call has no bound and the budget takes no such call. */
  readonly need: bigint | null;
  readonly left: bigint;
  readonly verdict: "fits" | "short" | "unbounded";
};

export type ReserveOutcome =
  | { readonly kind: "reserved"; readonly ticket: Ticket }
  | { readonly kind: "refused"; readonly stoppedBy: readonly Quote[] }
  /** More balances would be needed than the book may hold. */
  | { readonly kind: "no-room" };

type Hold = {
  readonly balance: Balance;
  readonly held: bigint;
  readonly isBounded: boolean;
  /** What was spent in its place; `null` while it is reserved. */
  spent: bigint | null;
};

/** What one call holds. Made by the book and changed by it alone. */
export class Ticket {
  readonly call: BudgetedCall;
  readonly holds: Hold[] = [];
  state: "held" | "settled" = "held";
  charge: Charge | null = null;

  constructor(call: BudgetedCall) {
    this.call = call;
  }
}

/** A call that came dearer than it had reserved. `wasBounded` would be a wrong worst case. */
export type Overrun = {
  readonly budget: string;
  readonly by: bigint;
  readonly wasBounded: boolean;
};

export type BookOptions = {
  readonly balancesMax: number;
  readonly canonicalModel: (model: string) => string;
};

/** How long at least between two looks for balances that can go. */
const SWEEP_INTERVAL_MS = 10_000;

export class BudgetBook {
  readonly #options: BookOptions;
  #budgets: readonly Budget[] = [];
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(options: BookOptions) {
    this.#options = options;
  }

  get budgets(): readonly Budget[] {
    return this.#budgets;
  }

  /**
   * Takes a new list of definitions. A budget whose balances mean the same keeps them; the names
   * returned have empty ones, for the caller to fill from what is on record.
   */
  define(definitions: readonly BudgetDefinition[]): readonly string[] {
    const before = new Map(this.#budgets.map((budget) => [budget.definition.name, budget]));
    const fresh: string[] = [];
    this.#budgets = definitions.map((definition) => {
      const known = before.get(definition.name);
      const matches = compileMatcher(definition, this.#options.canonicalModel);
      if (known !== undefined && countsAlike(known.definition, definition)) {
        return known.redefined(definition, matches);
      }
      fresh.push(definition.name);
      return new Budget(definition, matches);
    });
    return fresh;
  }

  /** Forgets what was counted in a budget, so that it can be filled anew. */
  reset(name: string): void {
    this.#budgets = this.#budgets.map((budget) =>
      budget.definition.name === name ? new Budget(budget.definition, budget.matches) : budget,
    );
  }

  definitions(): readonly BudgetDefinition[] {
    return this.#budgets.map(({ definition }) => definition);
  }

  budget(name: string): Budget | null {
    return this.#budgets.find(({ definition }) => definition.name === name) ?? null;
  }

  /** Every budget that the call falls under. Changes nothing. */
  quote(call: BudgetedCall): Quote[] {
    const quotes: Quote[] = [];
    for (const budget of this.#budgets) {
      const key = budget.matches(call.subject);
      if (key !== null) quotes.push(quoteIn(budget, key, call));
    }
    return quotes;
  }

  /** In all of them or in none. `quotes` are those of this call, made in the same turn. */
  reserve(call: BudgetedCall, quotes: readonly Quote[] = this.quote(call)): ReserveOutcome {
    const stoppedBy = quotes.filter(stops);
    if (stoppedBy.length > 0) return { kind: "refused", stoppedBy };
    if (!this.#hasRoom(quotes, call.atMs)) return { kind: "no-room" };
    const ticket = new Ticket(call);
    for (const { budget, key, need } of quotes) this.#hold(ticket, budget, key, need);
    return { kind: "reserved", ticket };
  }

  /** Has a call that is under way, or not yet known to be on record, counted in newly defined budgets. */
  adopt(ticket: Ticket, names: readonly string[], nowMs: number): void {
    for (const budget of this.#budgets) {
      if (!names.includes(budget.definition.name)) continue;
      const key = budget.matches(ticket.call.subject);
      if (key === null) continue;
      this.#hold(ticket, budget, key, needIn(budget.definition, ticket.call.worst));
      const hold = ticket.holds.at(-1);
      if (hold !== undefined && ticket.charge !== null) settleHold(hold, ticket, nowMs);
    }
  }

  /** Once for each ticket. What nobody knows stays charged as it was reserved. */
  settle(ticket: Ticket, charge: Charge, nowMs: number): readonly Overrun[] {
    assert(ticket.state === "held", "a reservation is settled once");
    ticket.state = "settled";
    ticket.charge = charge;
    return ticket.holds.flatMap((hold) => settleHold(hold, ticket, nowMs));
  }

  /** A later and better figure for a call that was settled. */
  correct(ticket: Ticket, charge: Charge, nowMs: number): void {
    assert(ticket.state === "settled", "only what was settled is corrected");
    ticket.charge = charge;
    for (const hold of ticket.holds) {
      const { balance, held, spent } = hold;
      const now = spentIn(balance.budget.definition.unit, charge) ?? held;
      balance.spend(ticket.call.atMs, now - (spent ?? 0n), nowMs);
      hold.spent = now;
    }
  }

  /** Counts what is on record already. `spent` is in the unit of the budget. */
  load(budget: Budget, record: LoadedRecord, nowMs: number): void {
    const key = budget.matches(record.subject);
    if (key === null) return;
    // What fell into a window before the present one has no balance any more.
    budget.roll(nowMs);
    const { span } = budget;
    if (span !== null && (record.openedMs < span.fromMs || record.openedMs >= span.untilMs)) return;
    const balance = budget.open(key, record.openedMs);
    if (record.isOpen) balance.reserved += record.amount;
    else balance.spend(record.openedMs, record.amount, nowMs);
    balance.lastMs = Math.max(balance.lastMs, record.lastMs);
  }

  /** Balances in the book. */
  get size(): number {
    return this.#budgets.reduce((sum, budget) => sum + budget.size, 0);
  }

  #hold(ticket: Ticket, budget: Budget, key: BalanceKey, need: bigint | null): void {
    const { atMs, worst } = ticket.call;
    const balance = budget.open(key, atMs);
    const { unit } = budget.definition;
    // A soft budget takes a call without a bound as it is: what it comes to is counted afterwards.
    const held = need ?? 0n;
    balance.reserved += held;
    balance.lastMs = Math.max(balance.lastMs, atMs);
    const isBounded = unit === "calls" || worst[unit] !== null;
    ticket.holds.push({ balance, held, isBounded, spent: null });
  }

  #hasRoom(quotes: readonly Quote[], nowMs: number): boolean {
    const wanted = quotes.filter(({ balance }) => balance === null).length;
    if (wanted === 0) return true;
    const { balancesMax } = this.#options;
    if (this.size + wanted <= balancesMax) return true;
    if (nowMs - this.#sweptMs < SWEEP_INTERVAL_MS) return false;
    this.#sweptMs = nowMs;
    for (const budget of this.#budgets) budget.sweep(nowMs);
    return this.size + wanted <= balancesMax;
  }
}

/** One or more calls of the past, as the ledger sums them. */
export type LoadedRecord = {
  readonly subject: BudgetSubject;
  readonly openedMs: number;
  /** The newest call among them. */
  readonly lastMs: number;
  readonly amount: bigint;
  /** Opened and not settled: it counts as reserved. */
  readonly isOpen: boolean;
};

function quoteIn(budget: Budget, key: BalanceKey, call: BudgetedCall): Quote {
  const balance = budget.find(key, call.atMs);
  const left = balance === null ? budget.cap : balance.left(call.atMs);
  const need = needIn(budget.definition, call.worst);
  const verdict = need === null ? "unbounded" : need > left ? "short" : "fits";
  return { budget, key, balance, need, left, verdict };
}

/** Whether a quote keeps a call from being forwarded. */
export function stops({ budget, verdict }: Quote): boolean {
  const { enforcement, mode } = budget.definition;
  return verdict !== "fits" && enforcement === "hard" && mode === "apply";
}

function settleHold(hold: Hold, ticket: Ticket, nowMs: number): readonly Overrun[] {
  const { balance, held, isBounded } = hold;
  const { charge } = ticket;
  assert(charge !== null, "a settled call has a charge");
  const { definition } = balance.budget;
  const spent = spentIn(definition.unit, charge) ?? held;
  balance.reserved -= held;
  assert(balance.reserved >= 0n, "no more is released than was reserved");
  balance.spend(ticket.call.atMs, spent, nowMs);
  hold.spent = spent;
  const by = spent - held;
  if (by <= 0n) return [];
  balance.overrun += by;
  return [{ budget: definition.name, by, wasBounded: isBounded }];
}

/** Whether two definitions count the same calls in the same way, whatever they allow. */
function countsAlike(left: BudgetDefinition, right: BudgetDefinition): boolean {
  const countingOf = ({ match, per, window, unit, unboundedCeiling }: BudgetDefinition): string =>
    JSON.stringify([match, per, window, unit, String(unboundedCeiling)]);
  return countingOf(left) === countingOf(right);
}
