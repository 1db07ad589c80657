/** Traffic to replay: of a trace file, or of the ledger. */
import { type Instant, PurserError } from "../../base/index.ts";
import type { ModelFacts } from "../../domain/catalogue/index.ts";
import type { Workload } from "../../domain/prompt-cache/index.ts";
import {
  type LedgerWorkload,
  type PricedAs,
  readLedgerWorkloads,
  readTrace,
  type TraceProblem,
} from "../../services/importers/index.ts";
import type { Filter, PromptedExchange, Window } from "../../stores/contracts/index.ts";
import type { OperationContext } from "../context.ts";
import { passes } from "./filter-exchange.ts";
import { type CachedModel, cachedModel, knownModel, STANDARD } from "./priced-model.ts";

/** Requests that one replay holds in memory, some kilobytes each. */
const REQUESTS_MAX = 1_000_000;
/** Bad lines that an answer names; the rest is counted. */
export const PROBLEMS_SHOWN_MAX = 100;

/** Traffic that shares one cache, with what prices it. */
export type TrafficPart = {
  readonly model: CachedModel;
  readonly workload: Workload;
  readonly pricedAs: (index: number) => PricedAs;
  /** The day whose prices hold for a request. */
  readonly pricedAt: (index: number) => Instant;
  readonly billed: LedgerWorkload["billed"] | null;
  readonly excessTokens: number;
};

export type Traffic = {
  readonly name: string;
  readonly parts: readonly TrafficPart[];
  readonly problems: readonly TraceProblem[];
  readonly problemCount: number;
  readonly leftOut: Readonly<Record<string, number>>;
  readonly assumed: readonly string[];
};

export type TrafficQuestion = {
  readonly model: string | undefined;
  /** Prices of this day for all; `null` for each request's own, or for today's where it has none. */
  readonly at: Instant | null;
  readonly minimumTokens: number | null;
};

/** Errors: those of `readTrace`, `CACHE_MODEL_MISSING`, `MODEL_UNKNOWN`, `CACHE_MODEL_UNCACHED`. */
export async function trafficOfTrace(
  file: string,
  question: TrafficQuestion,
  context: OperationContext,
): Promise<Traffic> {
  const catalogue = context.catalogue();
  if (question.model === undefined) {
    const what = "a trace is priced as the model that you name";
    throw new PurserError("CACHE_MODEL_MISSING", { what, where: "model" });
  }
  const facts = knownModel(catalogue, question.model);
  const at = question.at ?? context.clock.now();
  const { minimumTokens } = question;
  const model = cachedModel(catalogue, facts, { at, pricedAs: STANDARD, minimumTokens });
  const problems: TraceProblem[] = [];
  let problemCount = 0;
  const workload = await readTrace(file, {
    onProblem: (problem) => {
      problemCount += 1;
      if (problems.length < PROBLEMS_SHOWN_MAX) problems.push(problem);
    },
  });
  const part: TrafficPart = {
    model,
    workload,
    pricedAs: () => STANDARD,
    pricedAt: () => at,
    billed: null,
    excessTokens: 0,
  };
  const { name, assumptions } = workload;
  return { name, parts: [part], problems, problemCount, leftOut: {}, assumed: assumptions };
}

/** Errors: `CACHE_TRAFFIC_MISSING`, `CACHE_TRAFFIC_LARGE`, those of the ledger and of the catalogue. */
export async function trafficOfLedger(
  question: TrafficQuestion & {
    readonly window: Window;
    readonly where: readonly Filter[];
    /** Told of each exchange that passes the filters. */
    readonly onExchange?: (exchange: PromptedExchange) => void;
  },
  context: OperationContext,
): Promise<Traffic> {
  const catalogue = context.catalogue();
  const model = question.model === undefined ? null : knownModel(catalogue, question.model);
  const reader = await context.ledger();
  let count = 0;
  const { workloads, leftOut } = await readLedgerWorkloads(reader.prompts(question.window), {
    catalogue,
    model,
    keep: (exchange) => {
      if (!passes(exchange, question.where)) return false;
      count += 1;
      if (count > REQUESTS_MAX) throw tooMany();
      question.onExchange?.(exchange);
      return true;
    },
  });
  if (workloads.length === 0) throw nothingThere(leftOut);
  const parts = workloads.map((found) => partOf(found, question, context));
  const assumed = [...new Set(parts.flatMap(({ workload }) => workload.assumptions))];
  return { name: "ledger", parts, problems: [], problemCount: 0, leftOut, assumed };
}

function partOf(
  found: LedgerWorkload,
  question: TrafficQuestion,
  context: OperationContext,
): TrafficPart {
  const { workload, pricedAs, billed, excessTokens } = found;
  const first = workload.requests[0]?.startMs ?? context.clock.now();
  const pricedAt = (index: number): Instant =>
    question.at ?? workload.requests[index]?.startMs ?? first;
  const model = modelOf(
    found.model,
    pricedAs[0] ?? STANDARD,
    { ...question, at: pricedAt(0) },
    context,
  );
  return {
    model,
    workload,
    pricedAs: (index) => pricedAs[index] ?? STANDARD,
    pricedAt,
    billed,
    excessTokens,
  };
}

function modelOf(
  facts: ModelFacts,
  pricedAs: PricedAs,
  { at, minimumTokens }: { readonly at: Instant; readonly minimumTokens: number | null },
  context: OperationContext,
): CachedModel {
  return cachedModel(context.catalogue(), facts, { at, pricedAs, minimumTokens });
}

function tooMany(): PurserError {
  const what = `there are more than ${REQUESTS_MAX} requests`;
  return new PurserError("CACHE_TRAFFIC_LARGE", { what, where: "since" });
}

function nothingThere(leftOut: Readonly<Record<string, number>>): PurserError {
  const reasons = Object.entries(leftOut).map(([reason, count]) => `${count} because ${reason}`);
  const what =
    reasons.length === 0
      ? "no exchange is in the window"
      : `no exchange can go in; left out: ${reasons.join(", ")}`;
  return new PurserError("CACHE_TRAFFIC_MISSING", { what });
}
