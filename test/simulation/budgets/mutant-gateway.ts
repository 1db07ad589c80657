/**
 * A gateway that reserves too late: it lets a call go first, and sets its worst case aside a moment
 * after. Each reservation by itself is right; the proof must find out that together they are not.
 */
import type {
  AdmittedCall,
  Arrival,
  BudgetGate,
  BudgetKeeper,
  CallHold,
} from "../../../src/services/gateway/index.ts";
import { runBudgetGateway } from "./gateway-entry.ts";

const RESERVED_LATE_BY_MS = 5;

await runBudgetGateway(
  (keeper: BudgetKeeper): BudgetGate => ({
    admit: (arrival) => admitFirst(keeper, arrival),
    reserve: (question) => keeper.reserve(question),
    resume: (recorded) => keeper.resume(recorded),
  }),
);

function admitFirst(
  keeper: BudgetKeeper,
  arrival: Arrival,
): AdmittedCall | ReturnType<BudgetKeeper["admit"]> {
  // What is plainly exhausted it does refuse: only calls at the same time escape it.
  const seen = keeper.admit(arrival);
  if (seen.kind === "refused") return seen;
  seen.hold.releaseUnlessHandedOver();
  const late = new LateHold(seen.hold.exchange);
  setTimeout(() => {
    const admission = keeper.admit(arrival);
    if (admission.kind === "admitted") late.take(admission.hold);
  }, RESERVED_LATE_BY_MS);
  return { ...seen, hold: late };
}

/** Stands in until the reservation is made, and passes on what happened meanwhile. */
class LateHold implements CallHold {
  exchange: string | null;
  readonly worstCase = null;
  #hold: CallHold | null = null;
  readonly #meanwhile: ((hold: CallHold) => void)[] = [];

  constructor(exchange: string | null) {
    this.exchange = exchange;
  }

  take(hold: CallHold): void {
    hold.exchange = this.exchange;
    this.#hold = hold;
    for (const act of this.#meanwhile) act(hold);
  }

  handOver = (): void => this.#pass((hold) => hold.handOver());
  releaseUnlessHandedOver = (): void => this.#pass((hold) => hold.releaseUnlessHandedOver());
  settle: CallHold["settle"] = (entry) => this.#pass((hold) => hold.settle(entry));
  onRecord = (): void => this.#pass((hold) => hold.onRecord());
  notOnRecord = (): void => this.#pass((hold) => hold.notOnRecord());

  #pass(act: (hold: CallHold) => void): void {
    if (this.#hold === null) this.#meanwhile.push(act);
    else act(this.#hold);
  }
}
