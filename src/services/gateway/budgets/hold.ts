/** What one call holds of its budgets, from its admission until its ending is on record. */
import type { Charge, Ticket } from "../../../domain/budgets/index.ts";
import type { SettledEntry, WorstCase } from "../../../stores/contracts/index.ts";
import { NO_SEAT, type Seated } from "../roster.ts";
import type { ArrivedCall, RecordedCall } from "./arrival.ts";
import { chargeOf } from "./charge-of.ts";

export type HoldKeeper = {
  readonly settle: (hold: BudgetHold, charge: Charge) => void;
  readonly correct: (hold: BudgetHold, charge: Charge) => void;
  /** It is on record and over. */
  readonly forget: (hold: BudgetHold) => void;
};

export class BudgetHold implements Seated {
  seat = NO_SEAT;
  readonly call: ArrivedCall | RecordedCall;
  ticket: Ticket;
  /** The ledger's id of it, once it has one. */
  exchange: string | null = null;
  readonly #keeper: HoldKeeper;
  #state: "open" | "settled" | "over" = "open";
  #isHandedOver = false;

  constructor(keeper: HoldKeeper, call: ArrivedCall | RecordedCall, ticket: Ticket) {
    this.#keeper = keeper;
    this.call = call;
    this.ticket = ticket;
  }

  /** What was reckoned for it, where anybody asked; `null` under no budget. */
  get worstCase(): WorstCase | null {
    return this.ticket.holds.length === 0 ? null : this.call.worstCase;
  }

  /** From now on its answer settles it. */
  handOver(): void {
    this.#isHandedOver = true;
  }

  /** Without an answer nothing was forwarded. */
  releaseUnlessHandedOver(): void {
    if (this.#isHandedOver || this.#state !== "open") return;
    this.#keeper.settle(this, FREE);
    this.#finish();
  }

  /** Its ending is being written down: to be called in the same turn. `null`: it has no entry. */
  settle(entry: Pick<SettledEntry, "measured" | "unbilledReason"> | null): void {
    if (this.#state !== "open") return;
    this.#state = "settled";
    this.#keeper.settle(this, entry === null ? UNKNOWN : chargeOf(entry));
    if (entry === null) this.#finish();
  }

  onRecord(): void {
    if (this.#state === "settled") this.#finish();
  }

  /** Its ending could not be written down: on record it is open, so it stays at its worst case. */
  notOnRecord(): void {
    if (this.#state === "over") return;
    if (this.#state === "open") this.#keeper.settle(this, UNKNOWN);
    else this.#keeper.correct(this, UNKNOWN);
    this.#finish();
  }

  #finish(): void {
    this.#state = "over";
    this.#keeper.forget(this);
  }
}

const FREE: Charge = { kind: "free" };
const UNKNOWN: Charge = { kind: "unknown" };
