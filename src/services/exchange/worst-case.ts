/**
 * The most that a call can cost, before it is forwarded. Every step rounds upwards, and no prompt is
 * longer than the model's context window.
 */
import { type EstimatedTokenCount, estimatedTokenCount, type Instant } from "../../base/index.ts";
import { worstCaseAmount } from "../../domain/billing/index.ts";
import type { Catalogue } from "../../domain/catalogue/index.ts";
import { estimatePromptTokens } from "../../domain/prompt/index.ts";
import type { WorstCase } from "../../stores/contracts/index.ts";
import type { RequestReading, RequestView } from "../../wire/messages/index.ts";

/** The window and tokenizer assumed of a model that we do not know. */
const UNKNOWN_MODEL = { contextTokensMax: 1_000_000, tokenizer: "claude-4.7" } as const;

export type WorstCaseQuestion = {
  readonly request: RequestReading;
  readonly bodyBytes: number;
  readonly at: Instant;
  /** The longest lifetime of markers that are added to the request; `null` for none. */
  readonly addedLifetime: "5m" | "1h" | null;
  readonly serviceTier?: "standard" | "batch";
  /** The bound of the input, where it was reckoned before for the same prompt and model. */
  readonly inputTokens?: EstimatedTokenCount | null;
};

export function worstCaseOf(question: WorstCaseQuestion, catalogue: Catalogue): WorstCase {
  const { request } = question;
  if (request.kind === "unreadable") {
    const inputTokens = Math.min(UNKNOWN_MODEL.contextTokensMax, question.bodyBytes);
    const outputTokens = request.maxTokens;
    return {
      inputTokens: estimatedTokenCount(inputTokens),
      outputTokens: outputTokens === null ? null : estimatedTokenCount(outputTokens),
      amount: null,
    };
  }
  return boundedBy(request, question, catalogue);
}

function boundedBy(
  request: RequestView,
  question: WorstCaseQuestion,
  catalogue: Catalogue,
): WorstCase {
  const { at, addedLifetime, serviceTier = "standard" } = question;
  const { model, maxTokens, unbounded, settings } = request;
  const inputTokens = question.inputTokens ?? inputBound(request, catalogue);
  const isBounded = unbounded.length === 0 && maxTokens !== null;
  const outcome = worstCaseAmount({
    ...{ catalogue, model, at, inputTokens, maxTokens, unbounded },
    serviceTier,
    speed: settings.speed,
    inferenceGeo: settings.inferenceGeo,
    cacheLifetime: longestLifetime(request, addedLifetime),
  });
  return {
    inputTokens,
    outputTokens: isBounded ? estimatedTokenCount(maxTokens) : null,
    amount: outcome.kind === "bounded" ? outcome.amount : null,
  };
}

function inputBound(request: RequestView, catalogue: Catalogue): EstimatedTokenCount {
  const resolution = catalogue.resolve(request.model);
  const facts = resolution.kind === "known" ? resolution.facts : UNKNOWN_MODEL;
  const { blocks, outputFormatBytes } = request;
  const { atMost } = estimatePromptTokens(blocks(), facts.tokenizer, outputFormatBytes);
  return estimatedTokenCount(Math.min(facts.contextTokensMax, atMost));
}

function longestLifetime(request: RequestView, added: "5m" | "1h" | null): "5m" | "1h" | null {
  if (added === "1h") return "1h";
  let longest = request.automaticMarker ?? added;
  for (const { cacheLifetime } of request.blocks()) {
    if (cacheLifetime === "1h") return "1h";
    longest ??= cacheLifetime;
  }
  return longest;
}
