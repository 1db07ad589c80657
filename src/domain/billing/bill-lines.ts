/** Lines of a bill: tokens at a sheet's rates, and fees. */
import { costOf, type PicoUsd, picoUsd, type TokenCount } from "../../base/index.ts";
import type { ModelId, PriceSheet, TokenRates } from "../catalogue/index.ts";
import type { BillLine, FeeBillLine, TokenBillItem, TokenBillLine } from "./bill.ts";
import type { TokenUsage, Usage } from "./usage.ts";

/** Ten dollars per thousand searches; neither batch nor region changes it. Pricing: "web search". */
export const WEB_SEARCH_FEE = picoUsd(10_000_000_000n);

export type LinesOutcome =
  | { readonly kind: "lines"; readonly lines: readonly TokenBillLine[] }
  | { readonly kind: "not-sold"; readonly item: TokenBillItem };

/** One line per class with tokens in it. A class that the model does not sell has no price. */
export function tokenLines(tokens: TokenUsage, sheet: PriceSheet): LinesOutcome {
  const { rates, listRates } = sheet;
  const { model } = sheet.basis;
  const lines: TokenBillLine[] = [];
  const classes: readonly [TokenBillItem, TokenCount, keyof TokenRates][] = [
    ["input", tokens.inputTokens, "input"],
    ["cache_write_5m", tokens.cacheWrite5mTokens, "cacheWrite5m"],
    ["cache_write_1h", tokens.cacheWrite1hTokens, "cacheWrite1h"],
    ["cache_read", tokens.cacheReadTokens, "cacheRead"],
    ["output", tokens.outputTokens, "output"],
  ];
  for (const [item, count, name] of classes) {
    if (count === 0) continue;
    const price = rates[name];
    if (price === null) return { kind: "not-sold", item };
    const line = { kind: "tokens", item, model, tokens: count, price } as const;
    const listPrice = listRates[name];
    const isListed = listPrice === null || listPrice === price;
    lines.push({ ...line, ...(isListed ? {} : { listPrice }), amount: costOf(count, price) });
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
    const key = `${line.model} ${line.item} ${line.price} ${line.listPrice}`;
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
