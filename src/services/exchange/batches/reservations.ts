/**
 * What is set aside for the requests of batches, from when they are sent until their results are
 * seen: hours later, and maybe by another process.
 */
import type { ErrorCode, Instant } from "../../../base/index.ts";
import type {
  Attributes,
  BatchStore,
  SettledEntry,
  WorstCase,
} from "../../../stores/contracts/index.ts";

type Ending = Pick<SettledEntry, "measured" | "unbilledReason">;

/** The worst case of one exchange, set aside in every budget that it falls under. */
export type Reservation = {
  /** The ledger's id of what it is for. */
  exchange: string | null;
  /** Once, in the turn in which its ending is written down. */
  readonly settle: (entry: Ending | null) => void;
  readonly onRecord: () => void;
  readonly notOnRecord: () => void;
  /** Nothing was forwarded: it is free again. */
  readonly releaseUnlessHandedOver: () => void;
};

/** A call as budgets see it. Nothing of its text: it may be kept for a day. */
export type ReservationQuestion = {
  readonly at: Instant;
  readonly attributes: Attributes;
  readonly model: string | null;
  readonly worstCase: WorstCase;
};

/** An exchange that an earlier process had set its worst case aside for. */
export type RecordedExchange = ReservationQuestion & { readonly exchange: string };

export type ReserveOutcome =
  | { readonly kind: "reserved"; readonly reservation: Reservation }
  | { readonly kind: "refused"; readonly refusal: ReserveRefusal };

export type ReserveRefusal = {
  readonly code: ErrorCode;
  /** For a person; no secret in it. */
  readonly what: string;
  readonly retry?: boolean;
  readonly retryAfterSeconds?: number | null;
};

/** Whoever keeps the budgets. */
export type ReservationGate = {
  /** As it is: nothing of the call may be changed to make it fit. */
  readonly reserve: (question: ReservationQuestion) => ReserveOutcome;
  /** Takes up again what was set aside before a restart; never refused. */
  readonly resume: (recorded: RecordedExchange) => Reservation;
};

/** Reservations by the ledger's id of the exchange. */
export class BatchReservations {
  readonly gate: ReservationGate;
  readonly #open = new Map<string, Reservation>();

  constructor(gate: ReservationGate) {
    this.gate = gate;
  }

  get size(): number {
    return this.#open.size;
  }

  hold(exchange: string, reservation: Reservation): void {
    reservation.exchange = exchange;
    this.#open.set(exchange, reservation);
  }

  /** In the turn in which `entry` is written down; resolves with it. */
  async settle(
    entry: Ending & { readonly exchange: string },
    recorded: Promise<void>,
  ): Promise<void> {
    const reservation = this.#open.get(entry.exchange);
    this.#open.delete(entry.exchange);
    reservation?.settle(entry);
    try {
      await recorded;
      reservation?.onRecord();
    } catch (error) {
      reservation?.notOnRecord();
      throw error;
    }
  }

  /** Before any budget is in force: what is in batches is still set aside. */
  async resume(store: BatchStore, batchesMax: number): Promise<void> {
    const unnamed = await store.unnamed(batchesMax);
    const unbooked = await store.unbooked(batchesMax);
    for (const { record } of [...unnamed, ...unbooked]) {
      for (const item of await store.allItems(record.creation)) {
        if (item.booked) continue;
        const attributes = { ...record.attributes, user: item.user ?? record.attributes.user };
        const { exchange, modelAsked: model, worstCase } = item;
        const at = record.createdAt;
        this.hold(exchange, this.gate.resume({ exchange, at, attributes, model, worstCase }));
      }
    }
  }
}
