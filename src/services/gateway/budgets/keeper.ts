/**
 * Keeps the balances of the calls that this process carries. The running truth is in memory: filled
 * from the ledger when a budget is defined, and changed by every call from then on.
 */
import { assert, type Clock, instant } from "../../../base/index.ts";
import {
  BudgetBook,
  type BudgetDefinition,
  type Charge,
  type Quote,
  Ticket,
} from "../../../domain/budgets/index.ts";
import { type Catalogue, canonicalModel } from "../../../domain/catalogue/index.ts";
import type { CorrectedEntry } from "../../../stores/contracts/index.ts";
import type {
  RecordedExchange,
  ReservationGate,
  ReservationQuestion,
  ReserveOutcome,
} from "../../exchange/index.ts";
import type { GatewayLog } from "../log.ts";
import { Roster } from "../roster.ts";
import { type Admission, admit, reserveAsIs } from "./admit.ts";
import { type Arrival, ArrivedCall, RecordedCall } from "./arrival.ts";
import { chargeOf } from "./charge-of.ts";
import { BudgetHold, type HoldKeeper } from "./hold.ts";
import { type ChargesSource, loadBalances } from "./load-balances.ts";

export type BudgetSettings = {
  /** When what is left is not known: refuse the calls of a hard budget, or let them pass. */
  readonly onFailure: "refuse" | "pass";
  /** Balances of all budgets together: one for each value of `per` in use. */
  readonly balancesMax: number;
};

export const DEFAULT_BUDGET_SETTINGS: BudgetSettings = {
  onFailure: "refuse",
  balancesMax: 100_000,
};

export type BudgetKeeperOptions = {
  readonly settings?: Partial<BudgetSettings>;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly log: GatewayLog;
  /** What the ledger has on record; `null` where there is no past. */
  readonly charges: ChargesSource | null;
};

/** What changes in the same turn as the definitions. */
export type Together = { readonly catalogue: Catalogue; readonly swap: () => void };

/** Calls whose cost nobody has told yet, kept so that a later figure can be booked. */
const UNKNOWN_CALLS_MAX = 10_000;
/** A request may be on its way in for so long, so what opened since may be counted here already. */
const APART_MS = 15 * 60_000;
/** After so long, what could not be loaded is tried again. */
const RETRY_MS = 2_000;

export class BudgetKeeper implements HoldKeeper, ReservationGate {
  readonly settings: BudgetSettings;
  readonly book: BudgetBook;
  readonly #options: BudgetKeeperOptions;
  #catalogue: Catalogue;
  /** Calls under way, and those whose ending is not yet on record. */
  readonly #live = new Roster<BudgetHold>();
  readonly #unknown = new Map<string, Ticket>();
  /** Ids of calls that ended while balances were being loaded; `null` while none are. */
  #endedMeanwhile: Set<string> | null = null;
  /** Budgets that are not in force: new ones that are loading, others of which nothing is known. */
  readonly #unready = new Map<string, "loading" | "unknown">();
  #defining: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | null = null;

  constructor(options: BudgetKeeperOptions) {
    this.#options = options;
    this.settings = { ...DEFAULT_BUDGET_SETTINGS, ...options.settings };
    this.#catalogue = options.catalogue;
    this.book = new BudgetBook({
      balancesMax: this.settings.balancesMax,
      canonicalModel: this.canonicalModel,
    });
  }

  readonly canonicalModel = (model: string): string => canonicalModel(this.#catalogue, model);

  /**
   * Puts these definitions in force; resolves once they are. A budget that is new is not enforced before
   * its balances are known; one that now counts other calls than before is treated as unknown meanwhile.
   * `together` is done in the turn in which they take effect, so that what it changes changes with them.
   * Errors: those of the ledger; then what is left of the new ones is not known.
   */
  define(definitions: readonly BudgetDefinition[], together?: Together): Promise<void> {
    const defined = this.#defining.then(() => {
      if (together !== undefined) this.#catalogue = together.catalogue;
      together?.swap();
      return this.#define(definitions);
    });
    this.#defining = defined.catch(() => {});
    return defined;
  }

  admit(arrival: Arrival): Admission {
    return admit(this, new ArrivedCall(arrival));
  }

  reserve(question: ReservationQuestion): ReserveOutcome {
    const outcome = reserveAsIs(this, new RecordedCall(question, this.#catalogue));
    return "hold" in outcome
      ? { kind: "reserved", reservation: outcome.hold }
      : { kind: "refused", refusal: outcome.refusal };
  }

  resume(recorded: RecordedExchange): BudgetHold {
    const hold = this.hold(new RecordedCall(recorded, this.#catalogue));
    hold.exchange = recorded.exchange;
    return hold;
  }

  /** Whether what is left in the budget of `quote` can be relied on. */
  readiness({ budget }: Quote): "ready" | "loading" | "unknown" {
    return this.#unready.get(budget.definition.name) ?? "ready";
  }

  hold(call: ArrivedCall | RecordedCall, ticket: Ticket = new Ticket(call)): BudgetHold {
    const hold = new BudgetHold(this, call, ticket);
    this.#live.add(hold);
    return hold;
  }

  settle({ ticket, exchange }: BudgetHold, charge: Charge): void {
    const overruns = this.book.settle(ticket, charge, this.#options.clock.now());
    for (const { budget, by, wasBounded } of overruns) {
      const message = wasBounded
        ? "a call came dearer than its worst case; its budget is overrun"
        : "a call without a bound came dearer than its ceiling; its budget is overrun";
      const data = { budget, exchange, by: by.toString(), wasBounded };
      const level = wasBounded ? "error" : "warn";
      this.#options.log({ level, event: "budget-overrun", message, data });
    }
  }

  correct({ ticket }: Pick<BudgetHold, "ticket">, charge: Charge): void {
    this.book.correct(ticket, charge, this.#options.clock.now());
  }

  forget(hold: BudgetHold): void {
    this.#live.delete(hold);
    const { exchange, ticket } = hold;
    if (exchange === null) return;
    this.#endedMeanwhile?.add(exchange);
    if (ticket.charge?.kind === "unknown") this.#rememberUnknown(exchange, ticket);
  }

  /** Books a later and better figure, when it is on record. */
  corrected(entry: CorrectedEntry): void {
    const ticket = this.#unknown.get(entry.exchange);
    if (ticket === undefined) return;
    this.correct({ ticket }, chargeOf(entry));
    if (ticket.charge?.kind !== "unknown") this.#unknown.delete(entry.exchange);
  }

  /** Calls that hold a reservation. */
  get held(): number {
    let held = 0;
    for (const { ticket } of this.#live) if (ticket.state === "held") held += 1;
    return held;
  }

  async #define(definitions: readonly BudgetDefinition[]): Promise<void> {
    // What is waiting to be tried again is older than this.
    if (this.#retry !== null) clearTimeout(this.#retry);
    const { clock, log } = this.#options;
    const before = new Set(this.book.budgets.map(({ definition }) => definition.name));
    const fresh = [...this.book.define(definitions)];
    for (const name of this.#unready.keys()) {
      if (this.book.budget(name) === null) this.#unready.delete(name);
      else if (!fresh.includes(name)) fresh.push(name);
      this.book.reset(name);
    }
    if (fresh.length === 0) return;
    for (const name of fresh) this.#unready.set(name, before.has(name) ? "unknown" : "loading");
    for (const { ticket } of this.#live) this.book.adopt(ticket, fresh, clock.now());
    try {
      await this.#load(fresh);
      for (const name of fresh) this.#unready.delete(name);
    } catch (error) {
      for (const name of fresh) this.#unready.set(name, "unknown");
      const reason = error instanceof Error ? error.message.slice(0, 300) : "unknown";
      const passes = this.settings.onFailure === "pass";
      const message = `what is left of budgets is not known; their calls ${
        passes ? "pass UNBUDGETED, as set" : "are refused"
      }`;
      const data = { budgets: fresh.join(" ").slice(0, 300), reason };
      log({ level: "error", event: "budgets-unknown", message, data });
      this.#retry = setTimeout(() => void this.define(definitions).catch(() => {}), RETRY_MS);
      this.#retry.unref();
      throw error;
    }
  }

  async #load(names: readonly string[]): Promise<void> {
    const { charges, clock } = this.#options;
    if (charges === null) return;
    const ended = new Set<string>();
    this.#endedMeanwhile = ended;
    let apartMs = clock.now() - APART_MS;
    for (const { call } of this.#live) apartMs = Math.min(apartMs, call.atMs);
    const counted = (): ReadonlySet<string> =>
      new Set([...ended, ...[...this.#live].flatMap(({ exchange }) => exchange ?? [])]);
    try {
      const { book, canonicalModel } = this;
      const nowMs = (): number => clock.now();
      const apartSince = instant(apartMs);
      await loadBalances({ book, names, charges, canonicalModel, nowMs, apartSince, counted });
    } finally {
      this.#endedMeanwhile = null;
    }
  }

  #rememberUnknown(exchange: string, ticket: Ticket): void {
    assert(ticket.state === "settled", "what is forgotten was settled");
    if (ticket.holds.length === 0) return;
    this.#unknown.set(exchange, ticket);
    if (this.#unknown.size <= UNKNOWN_CALLS_MAX) return;
    const oldest = this.#unknown.keys().next();
    if (oldest.done !== true) this.#unknown.delete(oldest.value);
  }
}
