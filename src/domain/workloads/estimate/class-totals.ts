/** Tokens of many calls by the rates that hold for them, priced once: exact, since rates are linear. */
import { type Instant, type PicoUsd, picoUsd } from "../../../base/index.ts";
import { tokenAmount } from "../../billing/index.ts";
import type { Catalogue, TokenRates } from "../../catalogue/index.ts";
import type { BillableCall } from "../call.ts";
import { feesOf, ratesOfCall } from "../price-call.ts";

type Sums = { input: number; write5m: number; write1h: number; read: number; output: number };

export class ClassTotals {
  readonly #pricing: { readonly at: Instant; readonly catalogue: Catalogue };
  readonly #byRates = new Map<TokenRates, Sums>();
  #fees = 0n;
  countedCalls = 0;

  constructor(pricing: { readonly at: Instant; readonly catalogue: Catalogue }) {
    this.#pricing = pricing;
  }

  /** Returns false when the call has no price. */
  add(call: BillableCall, counts: boolean): boolean {
    const rates = ratesOfCall(call, this.#pricing.at, this.#pricing.catalogue);
    if (rates === null) return false;
    let sums = this.#byRates.get(rates);
    if (sums === undefined) {
      sums = { input: 0, write5m: 0, write1h: 0, read: 0, output: 0 };
      this.#byRates.set(rates, sums);
    }
    const { tokens } = call;
    sums.input += tokens.input;
    sums.write5m += tokens.write5m;
    sums.write1h += tokens.write1h;
    sums.read += tokens.read;
    sums.output += call.outputTokens;
    if (call.webSearches > 0) this.#fees += feesOf(call);
    if (counts) this.countedCalls += 1;
    return true;
  }

  /** `null` when a class with tokens in it is not sold. */
  amount(): PicoUsd | null {
    let total = this.#fees;
    for (const [rates, sums] of this.#byRates) {
      const amount = tokenAmount(sums, rates);
      if (amount === null) return null;
      total += amount;
    }
    return picoUsd(total);
  }
}
