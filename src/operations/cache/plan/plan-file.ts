/** The plan for one request's body. */
import { type Instant, type JsonObject, type PicoUsd, picoUsd } from "../../../base/index.ts";
import type { Catalogue } from "../../../domain/catalogue/index.ts";
import {
  ARRIVALS,
  costOfShape,
  markersSent,
  planRequest,
  type RequestToShape,
  type ShapeChances,
  type ShapePlan,
} from "../../../domain/prompt-cache/index.ts";
import { applyEdits, type JsonEdit } from "../edit/json-edit.ts";
import { unifiedDiff } from "../edit/unified-diff.ts";
import { type CachedModel, cachedModel, knownModel, ratesOf, STANDARD } from "../priced-model.ts";
import {
  type LocatedBlock,
  type LocatedRequest,
  locateBlocks,
  locateRequest,
} from "./located-blocks.ts";
import { type Move, markerEdits, planMoves } from "./plan-edits.ts";
import { renderCode } from "./render-code.ts";

export type FileQuestion = {
  readonly text: string;
  readonly model: string | undefined;
  readonly callsPerMonth: number;
  readonly at: Instant;
};

export type FilePlan = {
  readonly model: CachedModel;
  readonly promptTokens: number;
  readonly plan: ShapePlan;
  /** Blocks of the edited request, which the plan's markers count in. */
  readonly blocks: readonly LocatedBlock[];
  readonly moves: readonly Move[];
  /** Why volatile text stays where it is; `null` when nothing stays. */
  readonly stays: string | null;
  readonly edits: readonly JsonEdit[];
  readonly edited: JsonObject;
  readonly diff: string;
  readonly code: string;
  readonly now: MonthlyCost;
  readonly planned: MonthlyCost;
  readonly saving: MonthlyCost;
};

/** Prompts of a month: likely, and the least and most over the ways in which calls may be spread. */
export type MonthlyCost = {
  readonly likely: PicoUsd;
  readonly low: PicoUsd;
  readonly high: PicoUsd;
};

/** Errors: `CACHE_REQUEST_UNREADABLE`, `CACHE_MODEL_MISSING`, `MODEL_UNKNOWN`, `CACHE_MODEL_UNCACHED`. */
export function planFile(question: FileQuestion, catalogue: Catalogue): FilePlan {
  const { at, callsPerMonth } = question;
  const tokenizerOf = (id: string) => knownModel(catalogue, id).tokenizer;
  const request = locateRequest(question.text, question.model, tokenizerOf);
  const facts = knownModel(catalogue, request.model);
  const model = cachedModel(catalogue, facts, { at, pricedAs: STANDARD, minimumTokens: null });
  const { moves, edits: moveEdits, stays } = planMoves(request);
  const stable = locateBlocks(applyEdits(request.body, moveEdits), {
    model: request.model,
    tokenizer: facts.tokenizer,
  });
  const blocks = moves.length === 0 ? stable.blocks : withVolatileEnd(stable.blocks);
  const shape = (shown: readonly LocatedBlock[]): RequestToShape => ({
    blocks: shown,
    ratios: model.ratios,
    prefixTokensMin: model.prefixTokensMin,
    callsPerMonth,
  });
  const before = shape(withAutomatic(request));
  const after = shape(blocks);
  const plan = planRequest(after);
  const edits = [...moveEdits, ...markerEdits({ ...stable, blocks }, plan.markers)];
  const edited = applyEdits(request.body, edits);
  const promptTokens = request.blocks.reduce((sum, { tokens }) => sum + tokens, 0);
  const rates = ratesOf(catalogue, facts, { at, pricedAs: STANDARD, promptTokens });
  const price = (costOf: (chances: ShapeChances) => number): MonthlyCost =>
    monthly(costOf, { callsPerMonth, price: rates?.input ?? 0n });
  const costNow = (chances: ShapeChances) => costOfShape(before, markersSent(before), chances);
  const costPlanned = (chances: ShapeChances) => costOfShape(after, plan.markers, chances);
  const moved = moves.length === 0 ? null : moves.map(({ text }) => text).join("\n");
  return {
    model,
    promptTokens,
    plan,
    blocks,
    moves,
    stays,
    edits,
    edited,
    diff: unifiedDiff(pretty(request.body), pretty(edited), {
      before: "a/request.json",
      after: "b/request.json",
    }),
    code: renderCode({ ...stable, blocks }, plan.markers, moved),
    now: price(costNow),
    planned: price(costPlanned),
    saving: price((chances) => costNow(chances) - costPlanned(chances)),
  };
}

/** What was moved to the end differs in each call. */
function withVolatileEnd(blocks: readonly LocatedBlock[]): readonly LocatedBlock[] {
  return blocks.map((block, index) =>
    index === blocks.length - 1 ? { ...block, isVolatile: true } : block,
  );
}

/** The API's own marker stands on the last block that can carry one. */
function withAutomatic(request: LocatedRequest): readonly LocatedBlock[] {
  const { blocks, automaticLifetime } = request;
  if (automaticLifetime === null) return blocks;
  const last = blocks.findLastIndex(({ markable }) => markable);
  return blocks.map((block, index) =>
    index === last ? { ...block, lifetimeSent: block.lifetimeSent ?? automaticLifetime } : block,
  );
}

/** Conversations that stop half as often and twice as often as assumed. */
const STOP_FACTORS = [0.5, 1, 2] as const;

function monthly(
  costOf: (chances: ShapeChances) => number,
  { callsPerMonth, price }: { readonly callsPerMonth: number; readonly price: bigint },
): MonthlyCost {
  const all = ARRIVALS.flatMap((arrivals) =>
    STOP_FACTORS.map((stopFactor) => costOf({ arrivals, stopFactor })),
  );
  const amount = (tokens: number): PicoUsd =>
    picoUsd(BigInt(Math.round(tokens * callsPerMonth)) * price);
  return {
    likely: amount(costOf({ arrivals: "at random", stopFactor: 1 })),
    low: amount(Math.min(...all)),
    high: amount(Math.max(...all)),
  };
}

function pretty(body: JsonObject): string {
  return `${JSON.stringify(body, null, 2)}\n`;
}
