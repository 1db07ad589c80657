/** What must hold of one entry by itself. Its own arithmetic, not the encoder's: a pair of checks. */
import { isJsonObject, type JsonObject } from "../../../base/index.ts";
import type { LedgerEntry, MeasuredCharge, VerifyFinding } from "../../contracts/index.ts";

export type Broken = {
  /** A notice is of the provider's own figures, not of what the ledger made of them. */
  readonly severity: VerifyFinding["severity"];
  readonly code: string;
  readonly message: string;
};

export function brokenInvariants(entry: LedgerEntry): readonly Broken[] {
  if (entry.kind === "opened") return brokenPrompt(entry.prompt);
  const { measured } = entry;
  return measured === null ? [] : [...brokenLines(measured), ...brokenPromptTokens(measured)];
}

function brokenPrompt(
  prompt: Extract<LedgerEntry, { kind: "opened" }>["prompt"],
): readonly Broken[] {
  if (prompt === null || prompt.depth - prompt.parentDepth === prompt.blocks.length) return [];
  return [error("prompt-path-broken", "new blocks do not lead from parent to node")];
}

function brokenLines(measured: MeasuredCharge): readonly Broken[] {
  const broken: Broken[] = [];
  let sum = 0n;
  for (const line of measured.lines) {
    const quantity = line.kind === "tokens" ? line.tokens : line.quantity;
    const unit = line.kind === "tokens" ? line.price : line.unitAmount;
    sum += line.amount;
    if (BigInt(quantity) * unit === line.amount) continue;
    const message = `${line.item}: ${quantity} x ${unit} is not ${line.amount} picodollars`;
    broken.push(error("line-is-not-quantity-times-price", message));
  }
  if (sum !== measured.total) {
    const message = `the lines sum to ${sum}, the total is ${measured.total} picodollars`;
    broken.push(error("lines-do-not-sum", message));
  }
  return broken;
}

/** Fresh, written and read tokens are the prompt, as the provider counted it. */
function brokenPromptTokens({ usage, reported }: MeasuredCharge): readonly Broken[] {
  const claimed = promptTokensReported(reported);
  if (claimed === null || usage.iterations !== null) return [];
  const { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens } = usage;
  const ours = inputTokens + cacheWrite5mTokens + cacheWrite1hTokens + cacheReadTokens;
  const broken: Broken[] = [];
  if (ours !== claimed) {
    const message = `usage has ${ours} prompt tokens, the provider reported ${claimed}`;
    broken.push(error("prompt-tokens-do-not-sum", message));
  }
  const total = reported.cache_creation_input_tokens;
  if (typeof total === "number" && splitReported(reported) > total) {
    const message = `the provider reported ${splitReported(reported)} cache writes by lifetime and ${total} in all; the former are billed`;
    broken.push({ severity: "notice", code: "cache-split-above-total", message });
  }
  return broken;
}

function promptTokensReported(reported: JsonObject): number | null {
  if (!isJsonObject(reported) || typeof reported.input_tokens !== "number") return null;
  return (
    reported.input_tokens +
    Math.max(numberOr0(reported.cache_creation_input_tokens), splitReported(reported)) +
    numberOr0(reported.cache_read_input_tokens)
  );
}

/** Where the writes by lifetime are more than their total, they are what is billed. */
function splitReported({ cache_creation: split }: JsonObject): number {
  if (!isJsonObject(split)) return 0;
  return numberOr0(split.ephemeral_5m_input_tokens) + numberOr0(split.ephemeral_1h_input_tokens);
}

function error(code: string, message: string): Broken {
  return { severity: "error", code, message };
}

function numberOr0(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
