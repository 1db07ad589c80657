/** The shapes of a bill. A bill's lines sum to its total, exactly; `computeBill` makes it. */
import type { MicroUsdPerMtok, PicoUsd } from "../../base/index.ts";
import type { ModelId, RateRefusal, SheetBasis } from "../catalogue/index.ts";

export type TokenBillItem = "input" | "cache_write_5m" | "cache_write_1h" | "cache_read" | "output";
export type FeeBillItem = "web_search" | "code_execution" | "session_hour";
export type BillItem = TokenBillItem | FeeBillItem;

/** Tokens at a price. */
export type TokenBillLine = {
  readonly kind: "tokens";
  readonly item: TokenBillItem;
  readonly model: ModelId;
  readonly tokens: number;
  readonly price: MicroUsdPerMtok;
  /** What the price list says, only where a discount or an own price made `price` another one. */
  readonly listPrice?: MicroUsdPerMtok;
  readonly amount: PicoUsd;
};

/** A fee that is not per token: `quantity` of something at `unitAmount` each. */
export type FeeBillLine = {
  readonly kind: "fee";
  readonly item: FeeBillItem;
  readonly model: ModelId;
  readonly quantity: number;
  readonly unitAmount: PicoUsd;
  readonly amount: PicoUsd;
};

export type BillLine = TokenBillLine | FeeBillLine;

/** How the price was found, so that anyone can check it again. */
export type PriceBasis = SheetBasis;

export type Bill = {
  readonly lines: readonly BillLine[];
  readonly total: PicoUsd;
  /** One for each price sheet used, in the order of the lines. */
  readonly basis: readonly PriceBasis[];
  /** Thinking tokens, shown inside the output line; `null` when not reported. */
  readonly thinkingTokens: number | null;
  /** Things said aloud that do not change the amount: a partner's id, a retired model, a doubt. */
  readonly remarks: readonly string[];
};

export type UnpricedReason = RateRefusal | "unknown-usage-field" | "not-reported";

/** What billing a call comes to. Unknown is an outcome of its own, never zero. */
export type BillOutcome =
  | { readonly kind: "billed"; readonly bill: Bill }
  /** The provider does not charge: an error, an unbilled refusal. Usage may still be shown. */
  | { readonly kind: "not-billed"; readonly reason: string }
  | {
      readonly kind: "unpriced";
      readonly reason: UnpricedReason;
      readonly message: string;
      /** The lines that do have a price, when only a part has none. Never a whole total. */
      readonly partial: Bill | null;
    };
