/** What is impossible in a design, and what is doubtful, each at the key that says it. */
import { DAY_MS } from "../../../base/index.ts";
import type { ModelFacts } from "../../catalogue/index.ts";
import { tokenizerRatio } from "../tokenizer-ratio.ts";
import type { Design, Workload } from "./design.ts";
import { isConstant, meanOf, nearlyMaximum } from "./distribution.ts";

/** A key of a workload, as a design spells it. */
export type DesignIssue = {
  readonly severity: "error" | "warning";
  readonly workload: number;
  readonly key: readonly string[];
  readonly what: string;
  readonly mend: string;
};

type Found = Omit<DesignIssue, "workload">;

/** Results of a batch come within a day, and often sooner; nothing earlier is promised. */
export const BATCH_LATENCY_MS = DAY_MS;

/** Of every workload on the model that it will run on. */
export function checkDesign(
  design: Design,
  modelOf: (workload: Workload) => ModelFacts,
): readonly DesignIssue[] {
  return design.workloads.flatMap((workload, index) => {
    const model = modelOf(workload);
    const misfit = whyUnfit(
      workload,
      model,
      tokenizerRatio(design.tokenizer, model.tokenizer).likely,
    );
    return [
      ...(misfit === null ? [] : [misfit]),
      ...contradictions(workload),
      ...doubts(workload),
    ].map((found) => ({ ...found, workload: index }));
  });
}

/** Why a model cannot serve a workload, or may not always; `null` when it can. */
export function whyUnfit(workload: Workload, model: ModelFacts, ratio: number): Found | null {
  return outputTooLong(workload, model, ratio) ?? contextTooLong(workload, model, ratio);
}

function outputTooLong(workload: Workload, model: ModelFacts, ratio: number): Found | null {
  const { output, outputTokensMax } = workload;
  const limit = model.outputTokensMax;
  if (outputTokensMax !== null && outputTokensMax > limit) {
    return {
      severity: "error",
      key: ["maxTokens"],
      what: `${model.id} generates at most ${limit} tokens, and maxTokens is ${outputTokensMax}`,
      mend: `Write at most ${limit}, or name another model.`,
    };
  }
  const longest = Math.min(nearlyMaximum(output) * ratio, outputTokensMax ?? Infinity);
  if (longest <= limit) return null;
  const always = Math.min(meanOf(output) * ratio, outputTokensMax ?? Infinity) > limit;
  return {
    severity: always ? "error" : "warning",
    key: ["response"],
    what: `${model.id} generates at most ${limit} tokens, and a response ${
      always ? "has" : "may have"
    } ${Math.round(always ? meanOf(output) * ratio : longest)}`,
    mend: "Set maxTokens, shorten the response, or name another model.",
  };
}

function contextTooLong(workload: Workload, model: ModelFacts, ratio: number): Found | null {
  const turns = Math.round(nearlyMaximum(workload.turns));
  const turn = firstTurnBeyond(workload, model.contextTokensMax / ratio, turns);
  if (turn === null) return null;
  const certain = turn <= Math.round(meanOf(workload.turns));
  const tokens = Math.round(promptAt(workload, turn) * ratio);
  return {
    severity: certain ? "error" : "warning",
    key: ["turns"],
    what: `at turn ${turn} the prompt has ${tokens} tokens, and with its answer it ${
      certain ? "does" : "may"
    } not fit into the ${model.contextTokensMax} of ${model.id}`,
    mend: "Keep fewer turns (history.turns), shorten what each adds, or name another model.",
  };
}

function firstTurnBeyond(workload: Workload, limit: number, turns: number): number | null {
  const beyond = (turn: number): boolean =>
    promptAt(workload, turn) + meanOf(workload.output) > limit;
  if (!beyond(turns)) return null;
  let low = 1;
  let high = turns;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (beyond(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Mean tokens of the prompt of a turn, counted from one. It never falls from one turn to the next. */
export function promptAt(workload: Workload, turn: number): number {
  const { tools, system, documents, message, retrieval, historyTurnsMax, historyPerTurn } =
    workload;
  const past = Math.min(turn - 1, historyTurnsMax ?? turn - 1);
  const left =
    historyPerTurn === null ? meanOf(message) + meanOf(workload.output) : meanOf(historyPerTurn);
  const kept = retrieval.kept ? meanOf(retrieval.tokens) : 0;
  const once = meanOf(tools) + meanOf(system) + meanOf(documents.tokens);
  return once + past * (left + kept) + meanOf(message) + meanOf(retrieval.tokens);
}

function contradictions(workload: Workload): readonly Found[] {
  const { batch, latencyMsMax, output, outputTokensMax } = workload;
  const found: Found[] = [];
  if (batch && latencyMsMax !== null && latencyMsMax < BATCH_LATENCY_MS) {
    found.push({
      severity: "error",
      key: ["batch"],
      what: `a batch may take 24 hours, and an answer is needed within ${seconds(latencyMsMax)}`,
      mend: "Set batch to false, or latency to 24h.",
    });
  }
  if (outputTokensMax !== null && isConstant(output) && meanOf(output) > outputTokensMax) {
    found.push({
      severity: "error",
      key: ["response"],
      what: `every response has ${meanOf(output)} tokens, and maxTokens cuts it at ${outputTokensMax}`,
      mend: "Raise maxTokens, or write the length that is left.",
    });
  }
  return found;
}

function doubts(workload: Workload): readonly Found[] {
  const found: Found[] = [];
  if (workload.batch && meanOf(workload.turns) > 1) {
    found.push({
      severity: "warning",
      key: ["batch"],
      what: "each turn of a conversation waits for a batch of its own, up to 24 hours",
      mend: "Use batches for single calls.",
    });
  }
  return found;
}

function seconds(latencyMs: number): string {
  return latencyMs < 60_000 ? `${latencyMs / 1_000} seconds` : `${latencyMs / 60_000} minutes`;
}
