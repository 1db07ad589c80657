/** What the page shows: sums read back from the ledger, under names that a reader knows. */
import type { PicoUsd } from "../../../base/index.ts";

/** One row of a table: a name, how many calls (or tokens), what was measured for them. */
export type Slice = {
  readonly name: string;
  readonly count: number;
  readonly amount: PicoUsd;
};

export type DayBill = {
  /** The virtual day, as `YYYY-MM-DD`. */
  readonly date: string;
  readonly exchanges: number;
  readonly measured: PicoUsd;
  /** Kept apart from the measured: remainders of answers that ended early. */
  readonly estimated: PicoUsd;
  /** Input, cache writes, cache reads, output, fees: counted in tokens. They sum to `measured`. */
  readonly items: readonly Slice[];
  readonly byEndpoint: readonly Slice[];
  readonly byModel: readonly Slice[];
  /** The dearest users; the last row may sum up the others. */
  readonly byUser: readonly Slice[];
  /** Twenty-four rows, `00` to `23`. */
  readonly byHour: readonly Slice[];
  /** Endpoint and model together, dearest first. */
  readonly byCallType: readonly Slice[];
  readonly byOutcome: readonly Slice[];
};
