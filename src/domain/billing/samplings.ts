/**
 * Which samplings a call is billed for. One for most calls; where betas sample more than once,
 * `usage.iterations` is the record, and its compaction and advisor tokens are nowhere else.
 */
import type { BillAssumptions } from "./assumptions.ts";
import type { TokenUsage, Usage, UsageIteration } from "./usage.ts";

/** Whose rates hold. "unnamed" is one that is not the model of the response and that nobody named. */
export type SampledBy =
  | { readonly kind: "served" }
  | { readonly kind: "named"; readonly id: string }
  | { readonly kind: "unnamed"; readonly where: string };

export type Sampling = {
  readonly tokens: TokenUsage;
  readonly model: SampledBy;
  /** Prompt tokens that decide a step in the price. */
  readonly promptTokens: number;
};

export type Samplings = {
  readonly billed: readonly Sampling[];
  readonly remarks: readonly string[];
};

const DISAGREES =
  "usage.iterations does not add up to the top-level usage; the iterations are the billing record";
const REFUSED = "the refusal itself is free; what was sampled beside it is billed";
const UNRECORDED =
  "usage.iterations holds no message; the top-level usage is billed beside what it holds";

/** All tokens of the prompt: fresh input, both kinds of write, and reads. */
export function promptTokensOf(tokens: TokenUsage): number {
  return (
    tokens.inputTokens +
    tokens.cacheWrite5mTokens +
    tokens.cacheWrite1hTokens +
    tokens.cacheReadTokens
  );
}

/**
 * Pricing: "usage iterations", "server-side fallbacks" and "long context step". `modelAsked` is that
 * of the request: in a chain of fallbacks the first attempts are its, not the response's.
 */
export function samplingsOf(
  usage: Usage,
  assumptions: BillAssumptions,
  modelAsked: string | null,
): Samplings {
  const iterations = usage.iterations ?? [];
  if (iterations.length === 0) return { billed: [wholeRequest(usage)], remarks: [] };
  if (iterations.some(({ kind }) => kind === "fallback_message")) {
    return attempts(iterations, modelAsked);
  }
  const messages = iterations.filter(({ kind }) => kind === "message");
  const others = iterations.filter(({ kind }) => kind !== "message").map(onItsOwn);
  if (messages.length === 0) {
    const used = promptTokensOf(usage) + usage.outputTokens > 0;
    return used
      ? { billed: [wholeRequest(usage), ...others], remarks: [UNRECORDED] }
      : { billed: others, remarks: [] };
  }
  const agree = addUp(messages, usage);
  const apart = agree && assumptions.promptLengthOf === "iteration";
  const whole = Math.max(promptTokensOf(usage), apart ? 0 : sumOfPrompts(messages));
  const billed = messages.map((message) =>
    apart ? onItsOwn(message) : { ...onItsOwn(message), promptTokens: whole },
  );
  return { billed: [...billed, ...others], remarks: agree ? [] : [DISAGREES] };
}

/**
 * What is billed although the answer was a free refusal: all of the record but the sampling that
 * refused, which is its last attempt. Attempts before it count if they produced output.
 */
export function samplingsBesideRefusal(usage: Usage, modelAsked: string | null): Samplings {
  const iterations = usage.iterations ?? [];
  const refused = iterations.findLastIndex(isAttempt);
  const beside = attempts(iterations, modelAsked, (_entry, index) => index !== refused);
  return { ...beside, remarks: beside.billed.length === 0 ? [] : [REFUSED] };
}

/** Each attempt is a request of its own, billed at its own model's rate if it produced output. */
function attempts(
  iterations: readonly UsageIteration[],
  modelAsked: string | null,
  isWanted: (entry: UsageIteration, index: number) => boolean = () => true,
): Samplings {
  const kinds = iterations.map(({ kind }) => kind);
  const [first, last] = [kinds.indexOf("fallback_message"), kinds.lastIndexOf("fallback_message")];
  const billed = iterations.flatMap((entry, index) => {
    if (!isWanted(entry, index) || (isAttempt(entry) && entry.outputTokens === 0)) return [];
    const own = onItsOwn(entry);
    if (entry.model !== null || index >= last) return [own];
    const asked = index < first && modelAsked !== null;
    const model: SampledBy = asked
      ? { kind: "named", id: modelAsked }
      : { kind: "unnamed", where: `usage.iterations[${index}]` };
    return [{ ...own, model }];
  });
  return { billed, remarks: [] };
}

function isAttempt({ kind }: UsageIteration): boolean {
  return kind === "message" || kind === "fallback_message";
}

function wholeRequest(usage: Usage): Sampling {
  return { tokens: usage, model: { kind: "served" }, promptTokens: promptTokensOf(usage) };
}

function onItsOwn(iteration: UsageIteration): Sampling {
  const { model: id } = iteration;
  const model: SampledBy = id === null ? { kind: "served" } : { kind: "named", id };
  return { tokens: iteration, model, promptTokens: promptTokensOf(iteration) };
}

function sumOfPrompts(parts: readonly TokenUsage[]): number {
  return parts.reduce((sum, part) => sum + promptTokensOf(part), 0);
}

function addUp(parts: readonly TokenUsage[], whole: TokenUsage): boolean {
  const fields = [
    "inputTokens",
    "cacheWrite5mTokens",
    "cacheWrite1hTokens",
    "cacheReadTokens",
    "outputTokens",
  ] as const;
  return fields.every(
    (field) => parts.reduce((sum, part) => sum + part[field], 0) === whole[field],
  );
}
