/**
 * What is set aside in budgets for a call that waits: its price in a batch and its price in real
 * time, because it may come to both.
 */
import type { CallId } from "../../base/index.ts";
import type { DeferredStatus } from "../../stores/contracts/index.ts";
import type {
  Reservation,
  ReservationGate,
  ReservationQuestion,
  ReserveRefusal,
} from "../exchange/index.ts";

type Both = { inBatch: Reservation | null; readonly inRealTime: Reservation };

export type SetAsideQuestion = Omit<ReservationQuestion, "worstCase"> &
  Pick<DeferredStatus, "worstInBatch" | "worstInRealTime">;

export type SetAsideOutcome =
  | { readonly kind: "reserved"; readonly both: Both }
  | { readonly kind: "refused"; readonly refusal: ReserveRefusal };

export class SetAside {
  readonly #gate: ReservationGate;
  readonly #calls = new Map<CallId, Both>();

  constructor(gate: ReservationGate) {
    this.#gate = gate;
  }

  /** Both or none. */
  reserve(call: SetAsideQuestion): SetAsideOutcome {
    const inBatch = this.#gate.reserve({ ...call, worstCase: call.worstInBatch });
    if (inBatch.kind === "refused") return inBatch;
    const inRealTime = this.#gate.reserve({ ...call, worstCase: call.worstInRealTime });
    if (inRealTime.kind === "reserved") {
      const both = { inBatch: inBatch.reservation, inRealTime: inRealTime.reservation };
      return { kind: "reserved", both };
    }
    inBatch.reservation.releaseUnlessHandedOver();
    return inRealTime;
  }

  keep(id: CallId, both: Both): void {
    both.inRealTime.exchange = id;
    this.#calls.set(id, both);
  }

  /** The call is not kept after all. */
  release({ inBatch, inRealTime }: Both): void {
    inBatch?.releaseUnlessHandedOver();
    inRealTime.releaseUnlessHandedOver();
  }

  /** Hands over what is set aside for the batch. One that went back to waiting asks again. */
  takeForBatch(call: DeferredStatus): Reservation {
    const both = this.#of(call);
    const taken = both.inBatch ?? this.#resume(call, "worstInBatch");
    both.inBatch = null;
    return taken;
  }

  forRealTime(call: DeferredStatus): Reservation {
    return this.#of(call).inRealTime;
  }

  /** The call is over: what was not used is free again. What is in a batch stays until its result. */
  over({ id }: Pick<DeferredStatus, "id">): void {
    const both = this.#calls.get(id);
    if (both === undefined) return;
    this.#calls.delete(id);
    this.release(both);
  }

  /** After a restart; what is in batches is taken up again by whoever books them. */
  resume(calls: readonly DeferredStatus[]): void {
    for (const call of calls) {
      if (this.#calls.has(call.id)) continue;
      const isWaiting = call.state === "waiting";
      const inBatch = isWaiting ? this.#resume(call, "worstInBatch") : null;
      this.keep(call.id, { inBatch, inRealTime: this.#resume(call, "worstInRealTime") });
    }
  }

  #of(call: DeferredStatus): Both {
    const known = this.#calls.get(call.id);
    if (known !== undefined) return known;
    const both = { inBatch: null, inRealTime: this.#resume(call, "worstInRealTime") };
    this.keep(call.id, both);
    return both;
  }

  #resume(call: DeferredStatus, which: "worstInBatch" | "worstInRealTime"): Reservation {
    const { id: exchange, receivedAt: at, attributes, model } = call;
    return this.#gate.resume({ exchange, at, attributes, model, worstCase: call[which] });
  }
}
