/** The exact price of one abstract call. Both designs and recorded traffic are priced here. */
import { type Instant, type PicoUsd, picoUsd } from "../../base/index.ts";
import { tokenAmount, WEB_SEARCH_FEE } from "../billing/index.ts";
import type { Catalogue, TokenRates } from "../catalogue/index.ts";
import { type BillableCall, promptTokensOf } from "./call.ts";

/** The rates that hold for a call made at `at`; `null` without a price. */
export function ratesOfCall(
  call: BillableCall,
  at: Instant,
  catalogue: Catalogue,
): TokenRates | null {
  const { serviceTier, speed, inferenceGeo } = call.pricedAs;
  const outcome = catalogue.rates({
    model: call.model.id,
    at,
    serviceTier,
    speed,
    inferenceGeo,
    promptTokens: promptTokensOf(call.tokens),
  });
  return outcome.kind === "priced" ? outcome.sheet.rates : null;
}

/** Tokens and fees; `null` without a price. */
export function priceOfCall(call: BillableCall, at: Instant, catalogue: Catalogue): PicoUsd | null {
  const rates = ratesOfCall(call, at, catalogue);
  if (rates === null) return null;
  const amount = tokenAmount({ ...call.tokens, output: call.outputTokens }, rates);
  return amount === null ? null : picoUsd(amount + feesOf(call));
}

export function feesOf({ webSearches }: BillableCall): PicoUsd {
  return picoUsd(BigInt(webSearches) * WEB_SEARCH_FEE);
}
