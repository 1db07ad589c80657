/** Lines of a bill: tokens at a sheet's rates, and fees. */
import {
  costOf,
  type MicroUsdPerMtok,
  type PicoUsd,
  picoUsd,
  type TokenCount,
} from "../../base/index.ts";
import type { ModelId, PriceSheet } from "../catalogue/index.ts";
import type { BillLine, FeeBillLine, TokenBillItem, TokenBillLine } from "./bill.ts";
import type { TokenUsage, Usage } from "./usage.ts";

/** Ten dollars per thousand searches; neither batch nor region changes it. Pricing: "web search". */
export const WEB_SEARCH_FEE = picoUsd(10_000_000_000n);

export type LinesOutcome =
  | { readonly kind: "lines"; readonly lines: readonly TokenBillLine[] }
  | { readonly kind: "not-sold"; readonly item: TokenBillItem };

/** One line per class with tokens in it. A class that the model does not sell has no price. */
export function tokenLines(tokens: TokenUsage, sheet: PriceSheet): LinesOutcome {
  const { rates } = sheet;
  const lines: TokenBillLine[] = [];
  const classes: readonly [TokenBillItem, TokenCount, MicroUsdPerMtok | null][] = [
    ["input", tokens.inputTokens, rates.input],
    ["cache_write_5m", tokens.cacheWrite5mTokens, rates.cacheWrite5m],
    ["cache_write_1h", tokens.cacheWrite1hTokens, rates.cacheWrite1h],
    ["cache_read", tokens.cacheReadTokens, rates.cacheRead],
    ["output", tokens.outputTokens, rates.output],
  ];
  for (const [item, count, price] of classes) {
    if (count === 0) continue;
    if (price === null) return { kind: "not-sold", item };
    const amount = costOf(count, price);
    lines.push({ kind: "tokens", item, model: sheet.basis.model, tokens: count, price, amount });
  }
  return { kind: "lines", lines };
}

/** Web fetches cost their tokens only; code execution is not in the usage that the API reports. */
export function feeLines(usage: Usage, model: ModelId): readonly FeeBillLine[] {
  const quantity = usage.webSearchRequests;
  if (quantity === 0) return [];
  const amount = picoUsd(BigInt(quantity) * WEB_SEARCH_FEE);
  const unitAmount = WEB_SEARCH_FEE;
  return [{ kind: "fee", item: "web_search", model, quantity, unitAmount, amount }];
}

/** Joins token lines of one model, item and price, so that many samplings make a short bill. */
export function joinLines(lines: readonly TokenBillLine[]): readonly TokenBillLine[] {
  const joined = new Map<string, TokenBillLine>();
  for (const line of lines) {
    const key = `${line.model} ${line.item} ${line.price}`;
    const known = joined.get(key);
    joined.set(key, known === undefined ? line : addLine(known, line));
  }
  return [...joined.values()];
}

export function totalOf(lines: readonly BillLine[]): PicoUsd {
  let total = 0n;
  for (const line of lines) total += line.amount;
  return picoUsd(total);
}

function addLine(left: TokenBillLine, right: TokenBillLine): TokenBillLine {
  const amount = picoUsd(left.amount + right.amount);
  return { ...left, tokens: left.tokens + right.tokens, amount };
}
