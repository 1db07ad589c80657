/** What a call was counted in with, and how it is counted out. */
import { type PicoUsd, sumPicoUsd } from "../../../base/index.ts";
import { promptTokensOf } from "../../../domain/billing/index.ts";
import {
  type ActualUse,
  addUse,
  type Gauge,
  type SessionUse,
  type Taken,
  type Use,
} from "../../../domain/limits/index.ts";
import type { SettledEntry } from "../../../stores/contracts/index.ts";

export type CallPass = {
  /** Once, in place of `over`: the call was never forwarded, and used nothing but its turn. */
  readonly unsent: () => void;
  /** Once, however the call ended; `null` when nothing of it is on record. */
  readonly over: (settled: SettledEntry | null) => void;
};

export const UNLIMITED: CallPass = { unsent: () => {}, over: () => {} };

export type CountedIn = {
  readonly gauges: readonly (readonly [Gauge, Taken])[];
  readonly session: SessionUse | null;
  readonly nowMs: () => number;
  /** Others may enter now. */
  readonly onOver: () => void;
};

export function countedIn(counted: CountedIn): CallPass {
  return new Pass(counted);
}

class Pass implements CallPass {
  readonly #counted: CountedIn;
  #isOver = false;

  constructor(counted: CountedIn) {
    this.#counted = counted;
  }

  readonly unsent = (): void => this.#end({ inputTokens: 0, outputTokens: 0 });

  readonly over = (settled: SettledEntry | null): void => {
    if (this.#isOver) return;
    const { session } = this.#counted;
    if (session !== null && settled !== null) addUse(session, useOf(settled));
    this.#end(settled === null ? null : actualUse(settled));
  };

  #end(actual: ActualUse | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const [gauge, taken] of this.#counted.gauges) {
      gauge.end(taken, actual, this.#counted.nowMs());
    }
    this.#counted.onOver();
  }
}

function useOf({ measured, estimated }: SettledEntry): Use {
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
