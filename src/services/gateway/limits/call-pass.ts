/** What a call was counted in with, and how it is counted out. */
import { type PicoUsd, sumPicoUsd } from "../../../base/index.ts";
import { promptTokensOf } from "../../../domain/billing/index.ts";
import {
  type ActualUse,
  type Gauge,
  type LimitName,
  NO_USE,
  reachedWith,
  recount,
  type SessionUse,
  type Taken,
  type Use,
  type UseBounds,
} from "../../../domain/limits/index.ts";
import type { SettledEntry } from "../../../stores/contracts/index.ts";

/** What a running call has reached, by the name of its rule. */
export type Reached = { readonly rule: string; readonly limit: LimitName };

export type CallPass = {
  /** Whether anything can be reached while the call runs. */
  readonly isWatched: boolean;
  /** What the call has come to by now; the first limit that this reaches, `null` for none. */
  readonly note: (charge: Charge) => Reached | null;
  /** Once, in place of `over`: the call was never forwarded, and used nothing but its turn. */
  readonly unsent: () => void;
  /** Once, however the call ended; `null` when nothing of it is on record. */
  readonly over: (settled: SettledEntry | null) => void;
};

export type Charge = Pick<SettledEntry, "measured" | "estimated">;

export const UNLIMITED: CallPass = {
  isWatched: false,
  note: () => null,
  unsent: () => {},
  over: () => {},
};

export type CountedIn = {
  readonly gauges: readonly (readonly [Gauge, Taken])[];
  readonly session: SessionUse | null;
  /** The bounds that are applied to a running call, by the name of their rule. */
  readonly bounds: readonly (readonly [string, UseBounds])[];
  readonly nowMs: () => number;
  /** Others may enter now. */
  readonly onOver: () => void;
};

export function countedIn(counted: CountedIn): CallPass {
  return new Pass(counted);
}

class Pass implements CallPass {
  readonly isWatched: boolean;
  readonly #counted: CountedIn;
  #use: Use = NO_USE;
  #isOver = false;

  constructor(counted: CountedIn) {
    this.#counted = counted;
    this.isWatched = counted.bounds.length > 0;
  }

  readonly note = (charge: Charge): Reached | null => {
    if (this.#isOver) return null;
    this.#recount(useOf(charge));
    const session = this.#counted.session ?? { calls: 0, ...NO_USE };
    for (const [rule, bounds] of this.#counted.bounds) {
      const limit = reachedWith(session, this.#use, bounds);
      if (limit !== null) return { rule, limit };
    }
    return null;
  };

  readonly unsent = (): void => this.#end({ inputTokens: 0, outputTokens: 0 });

  readonly over = (settled: SettledEntry | null): void => {
    if (this.#isOver) return;
    if (settled !== null) this.#recount(useOf(settled));
    this.#end(settled === null ? null : actualUse(settled));
  };

  #recount(now: Use): void {
    const { session } = this.#counted;
    if (session !== null) recount(session, this.#use, now);
    this.#use = now;
  }

  #end(actual: ActualUse | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const [gauge, taken] of this.#counted.gauges) {
      gauge.end(taken, actual, this.#counted.nowMs());
    }
    this.#counted.onOver();
  }
}

function useOf({ measured, estimated }: Charge): Use {
  const amounts: PicoUsd[] = [];
  let tokens = 0;
  if (measured !== null) {
    tokens += promptTokensOf(measured.usage) + measured.usage.outputTokens;
    amounts.push(measured.total);
  }
  if (estimated !== null) {
    tokens += estimated.inputTokens + estimated.outputTokens;
    amounts.push(estimated.total);
  }
  return { tokens, amount: sumPicoUsd(amounts) };
}

/** `null` where nobody measured and nobody knows that it was nothing. */
function actualUse({ measured, estimated, unbilledReason }: SettledEntry): ActualUse | null {
  if (measured === null) {
    const isFree = unbilledReason?.startsWith("not-billed") === true;
    return isFree ? { inputTokens: 0, outputTokens: 0 } : null;
  }
  const { usage } = measured;
  return {
    inputTokens: promptTokensOf(usage) - usage.cacheReadTokens,
    outputTokens: usage.outputTokens + (estimated?.outputTokens ?? 0),
  };
}
