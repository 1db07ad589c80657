/** One balance: what of a budget was spent and is reserved, for one value and one window. */
import { type BudgetDefinition, SESSION_IDLE_MS } from "./definition.ts";
import type { BalanceKey, Matcher } from "./matching.ts";
import { RollingSum } from "./rolling.ts";
import { ALWAYS, calendarWindow, type WindowSpan } from "./window.ts";

export class Balance {
  readonly budget: Budget;
  readonly key: BalanceKey;
  readonly span: WindowSpan;
  /** What calls that were not yet known to have ended hold. */
  reserved = 0n;
  /** By how much calls came dearer than they had reserved. */
  overrun = 0n;
  /** The newest call's time. */
  lastMs: number;
  #spent = 0n;
  readonly #rolling: RollingSum | null;

  constructor(budget: Budget, key: BalanceKey, span: WindowSpan, atMs: number) {
    const { window } = budget.definition;
    this.budget = budget;
    this.key = key;
    this.span = span;
    this.lastMs = atMs;
    this.#rolling = window.kind === "rolling" ? new RollingSum(window.lengthMs) : null;
  }

  spent(nowMs: number): bigint {
    return this.#rolling === null ? this.#spent : this.#rolling.sum(nowMs);
  }

  /** What neither is spent nor reserved; negative where a budget was lowered or overrun. */
  left(nowMs: number): bigint {
    return this.budget.cap - this.spent(nowMs) - this.reserved;
  }

  spend(openedMs: number, amount: bigint, nowMs: number): void {
    if (this.#rolling === null) this.#spent += amount;
    else this.#rolling.add(openedMs, amount, nowMs);
  }

  /** When `wanted` more of it will be free again; `null` when time alone does not free it. */
  refillsAt(wanted: bigint): number | null {
    const { kind } = this.budget.definition.window;
    if (kind === "rolling") return this.#rolling?.freedAt(wanted) ?? null;
    return Number.isFinite(this.span.untilMs) ? this.span.untilMs : null;
  }

  /** When it will be as new; `null` when it never will by itself. */
  resetsAt(): number | null {
    const { kind } = this.budget.definition.window;
    if (kind === "rolling") return this.#rolling?.emptyAt() ?? null;
    if (kind === "session") return this.lastMs + SESSION_IDLE_MS;
    return Number.isFinite(this.span.untilMs) ? this.span.untilMs : null;
  }

  /** Whether forgetting it would change nothing. */
  isIdle(nowMs: number): boolean {
    if (this.reserved > 0n) return false;
    const { kind } = this.budget.definition.window;
    if (kind === "session") return nowMs - this.lastMs > SESSION_IDLE_MS;
    return this.spent(nowMs) === 0n;
  }
}

/** A definition with its balances of the present window and of the one before. */
export class Budget {
  matches: Matcher;
  definition: BudgetDefinition;
  /** What may be spent here: the definition's cap, or less where it is shared out. */
  cap: bigint;
  #span: WindowSpan | null = null;
  #balances = new Map<BalanceKey, Balance>();
  /** A call that was received before a window's end may come to be reserved after it. */
  #previous = new Map<BalanceKey, Balance>();
  #previousSpan: WindowSpan | null = null;

  constructor(definition: BudgetDefinition, matches: Matcher) {
    this.definition = definition;
    this.matches = matches;
    this.cap = definition.cap;
  }

  /** The present window of the calendar; `null` where there is none. */
  get span(): WindowSpan | null {
    return this.#span;
  }

  /** Takes another definition that counts the same calls in the same way. */
  redefined(definition: BudgetDefinition, matches: Matcher): this {
    this.matches = matches;
    this.cap += definition.cap - this.definition.cap;
    this.definition = definition;
    return this;
  }

  /** Balances of the present window. */
  get balances(): ReadonlyMap<BalanceKey, Balance> {
    return this.#balances;
  }

  get size(): number {
    return this.#balances.size + this.#previous.size;
  }

  find(key: BalanceKey, atMs: number): Balance | null {
    const balance = this.#mapAt(atMs).get(key) ?? null;
    return balance !== null && this.#hasEnded(balance, atMs) ? null : balance;
  }

  /** The balance of `key`, made new where there is none. */
  open(key: BalanceKey, atMs: number): Balance {
    const known = this.find(key, atMs);
    if (known !== null) return known;
    const balances = this.#mapAt(atMs);
    const span = balances === this.#previous ? this.#previousSpan : this.#span;
    const balance = new Balance(this, key, span ?? ALWAYS, atMs);
    balances.set(key, balance);
    return balance;
  }

  /** When the present window gives way to the next; `null` where none does by itself. */
  nextWindowAt(nowMs: number): number | null {
    this.roll(nowMs);
    const untilMs = this.#span?.untilMs ?? Number.POSITIVE_INFINITY;
    return Number.isFinite(untilMs) ? untilMs : null;
  }

  /** Forgets what has no more to say; returns how many balances went. */
  sweep(nowMs: number): number {
    let gone = 0;
    for (const balances of [this.#balances, this.#previous]) {
      for (const [key, balance] of balances) {
        if (!balance.isIdle(nowMs)) continue;
        balances.delete(key);
        gone += 1;
      }
    }
    return gone;
  }

  /** Moves on to the window of `atMs`, where that is later. */
  roll(atMs: number): void {
    const { window } = this.definition;
    if (window.kind === "rolling" || window.kind === "session" || window.kind === "lifetime")
      return;
    if (this.#span !== null && atMs < this.#span.untilMs) return;
    const span = calendarWindow(window, atMs);
    this.#previousSpan = this.#span;
    // In-flight calls of an older window know their balance; nothing new can be reserved in it.
    this.#previous = this.#balances;
    this.#balances = new Map();
    this.#span = span;
  }

  /** A time before the window that came last is taken for now: a clock set back refills nothing. */
  #mapAt(atMs: number): Map<BalanceKey, Balance> {
    this.roll(atMs);
    const isPrevious =
      this.#span !== null &&
      this.#previousSpan !== null &&
      atMs < this.#span.fromMs &&
      atMs >= this.#previousSpan.fromMs &&
      atMs < this.#previousSpan.untilMs;
    return isPrevious ? this.#previous : this.#balances;
  }

  #hasEnded(balance: Balance, atMs: number): boolean {
    if (this.definition.window.kind !== "session" || balance.reserved > 0n) return false;
    return atMs - balance.lastMs > SESSION_IDLE_MS;
  }
}
