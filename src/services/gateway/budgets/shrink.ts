/** Lowers `max_tokens` to what the budgets have left, where their policy is to shrink. */
import type { Quote } from "../../../domain/budgets/index.ts";
import type { ArrivedCall } from "./arrival.ts";
import { tokensMinOf, withSettings } from "./degrade.ts";
import type { BudgetKeeper } from "./keeper.ts";

/** An answer of fewer tokens than this is worth nobody's money. */
const TOKENS_MIN = 64;

export type Shrunk = {
  readonly call: ArrivedCall;
  readonly quotes: readonly Quote[];
  readonly decisions: readonly string[];
};

/** `null` when one of the budgets refuses instead, or the prompt alone is too dear. */
export function shrink(
  keeper: BudgetKeeper,
  call: ArrivedCall,
  stoppedBy: readonly Quote[],
): Shrunk | null {
  const { request } = call.arrival;
  if (request.kind === "unreadable" || request.maxTokens === null) return null;
  if (!stoppedBy.every(canShrink)) return null;
  const least = Math.max(TOKENS_MIN, tokensMinOf(request));
  const maxTokens = largestThatFits(call, stoppedBy, least, request.maxTokens - 1);
  if (maxTokens === null) return null;
  const changed = withSettings(call, { maxTokens });
  if (changed === null) return null;
  const decisions = stoppedBy.map(
    ({ budget }) => `budget ${budget.definition.name} shrink ${maxTokens}`,
  );
  return { call: changed, quotes: keeper.book.quote(changed), decisions };
}

function canShrink({ budget, verdict }: Quote): boolean {
  const { whenShort, unit } = budget.definition;
  return verdict === "short" && whenShort === "shrink" && unit !== "calls";
}

/** The largest whole number from `least` to `most` whose worst case fits; a cost only grows with it. */
function largestThatFits(
  call: ArrivedCall,
  quotes: readonly Quote[],
  least: number,
  most: number,
): number | null {
  const fits = (maxTokens: number): boolean => {
    const { amount, inputTokens } = call.worstCaseAt(maxTokens);
    return quotes.every(({ budget, left }) => {
      const { unit } = budget.definition;
      const need = unit === "usd" ? amount : BigInt(inputTokens) + BigInt(maxTokens);
      return need !== null && need <= left;
    });
  };
  if (most < least || !fits(least)) return null;
  let [low, high] = [least, most + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
