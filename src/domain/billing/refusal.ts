/** When a refusal is free. Pricing: "refusals". */
import { type Instant, parseInstant } from "../../base/index.ts";

/** Refusals of these categories are billed although nothing was produced, since the day below. */
const BILLED_CATEGORIES: ReadonlySet<string> = new Set([
  "bio",
  "frontier_llm",
  "reasoning_extraction",
]);
const BILLED_SINCE = parseInstant("2026-09-24") ?? 0;

export type RefusalQuestion = {
  readonly stopReason: string | null;
  readonly stopCategory: string | null;
  /** Whether any content came before the refusal; `null` when nobody looked. */
  readonly producedOutput: boolean | null;
  readonly at: Instant;
};

export type RefusalAnswer =
  | { readonly kind: "billed"; readonly remark: string | null }
  | { readonly kind: "not-billed"; readonly reason: string };

const BILLED: RefusalAnswer = { kind: "billed", remark: null };

/** Whether the call is billed, being a refusal or not. */
export function billRefusal(question: RefusalQuestion): RefusalAnswer {
  if (question.stopReason !== "refusal" || question.producedOutput === true) return BILLED;
  if (question.producedOutput === null) {
    const remark = "a refusal; billed as if output came before it, because nobody could tell";
    return { kind: "billed", remark };
  }
  const category = question.stopCategory ?? "none given";
  if (BILLED_CATEGORIES.has(category) && question.at >= BILLED_SINCE) {
    const remark = `a refusal before any output, billed because its category is ${category}`;
    return { kind: "billed", remark };
  }
  const reason = `refused before any output (category: ${category.slice(0, 60)})`;
  return { kind: "not-billed", reason };
}
