/**
 * The steps that a budget takes before it blocks: it warns, lowers `max_tokens` or the effort, or sends
 * the call to a cheaper model. A changed call is looked at again once, as it now is, and not twice.
 */
import { type BudgetStep, type Quote, stops } from "../../../domain/budgets/index.ts";
import { type Catalogue, canonicalModel } from "../../../domain/catalogue/index.ts";
import {
  type RequestView,
  type SplicedSettings,
  spliceSettings,
} from "../../../wire/messages/index.ts";
import { readRequest } from "../../exchange/index.ts";
import { ArrivedCall } from "./arrival.ts";
import type { BudgetKeeper } from "./keeper.ts";

export type Degraded = {
  readonly call: ArrivedCall;
  readonly quotes: readonly Quote[];
  readonly decisions: readonly string[];
  /** Names of the budgets that warn. */
  readonly warnings: readonly string[];
};

type DueStep = { readonly budget: string; readonly step: BudgetStep };

export function degrade(
  keeper: BudgetKeeper,
  call: ArrivedCall,
  quotes: readonly Quote[],
): Degraded {
  const due = quotes.flatMap(dueSteps);
  const warned = due.filter(({ step }) => step.action === "warn").map(({ budget }) => budget);
  const warnings = [...new Set(warned)];
  const decisions = warnings.map((name) => `budget ${name} warn`);
  const edits = editsOf(call, due);
  const changed = edits.length === 0 ? null : withSettings(call, mergedOf(edits));
  if (changed === null) return { call, quotes, decisions, warnings };
  const told = edits.map(({ budget, word }) => `budget ${budget} ${word}`);
  return {
    call: changed,
    quotes: keeper.book.quote(changed),
    decisions: [...decisions, ...told],
    warnings,
  };
}

/** Steps whose share is used up; all of them for a call that would be blocked. */
function dueSteps(quote: Quote): readonly DueStep[] {
  const { definition, cap } = quote.budget;
  if (definition.mode === "shadow" || definition.steps.length === 0) return [];
  const used = cap - quote.left;
  const blocks = stops(quote) && quote.verdict === "short";
  return definition.steps
    .filter(({ atPercent }) => blocks || used * 100n >= cap * BigInt(atPercent))
    .map((step) => ({ budget: definition.name, step }));
}

type DueEdit = {
  readonly budget: string;
  readonly word: string;
  readonly settings: SplicedSettings;
};

/** The steps that change this call, each as far as the API would take it. */
function editsOf({ arrival }: ArrivedCall, due: readonly DueStep[]): readonly DueEdit[] {
  const { request, catalogue } = arrival;
  if (request.kind === "unreadable") return [];
  return due.flatMap(({ budget, step }): readonly DueEdit[] => {
    const settings = settingsFor(catalogue, request, step);
    if (settings === null) return [];
    const word = Object.entries(settings).map(([name, value]) => `${WORDS[name] ?? name} ${value}`);
    return [{ budget, word: word.join(" "), settings }];
  });
}

const WORDS: Readonly<Record<string, string>> = { maxTokens: "max-tokens" };

function settingsFor(
  catalogue: Catalogue,
  request: RequestView,
  step: BudgetStep,
): SplicedSettings | null {
  switch (step.action) {
    case "warn":
      return null;
    case "max-tokens":
      return fewerTokens(request, step.maxTokens);
    case "effort":
      return lowerEffort(request, step.effort);
    case "model":
      return otherModel(catalogue, request, step.model);
    default:
      return step satisfies never;
  }
}

/** Thinking with a budget of its own needs `max_tokens` above it, or the API refuses the call. */
export function tokensMinOf(request: RequestView): number {
  const budget = /^enabled:(\d+)$/.exec(request.settings.thinking ?? "")?.[1];
  return budget === undefined ? 1 : Number(budget) + 1;
}

function fewerTokens(request: RequestView, wanted: number): SplicedSettings | null {
  const maxTokens = Math.max(wanted, tokensMinOf(request));
  const isLower = request.maxTokens !== null && maxTokens < request.maxTokens;
  return isLower ? { maxTokens } : null;
}

const EFFORTS = ["low", "medium", "high", "xhigh", "max"];
/** Models that take an effort where the request names none ("relative output cost by effort"). */
const TAKES_EFFORT = /^claude-(?:fable|mythos|opus|sonnet|haiku)-5|^claude-opus-4-8$/;

function lowerEffort(request: RequestView, effort: string): SplicedSettings | null {
  const asked = request.settings.effort;
  if (asked === null) return TAKES_EFFORT.test(request.model) ? { effort } : null;
  const isLower = EFFORTS.indexOf(effort) < EFFORTS.indexOf(asked);
  return isLower ? { effort } : null;
}

/** A model that is not known, or cannot do what is asked, is not taken. */
function otherModel(
  catalogue: Catalogue,
  request: RequestView,
  model: string,
): SplicedSettings | null {
  const target = catalogue.resolve(model);
  if (target.kind === "unknown" || request.settings.speed === "fast") return null;
  if (target.facts.id === canonicalModel(catalogue, request.model)) return null;
  const { outputTokensMax } = target.facts;
  if (request.maxTokens === null || request.maxTokens <= outputTokensMax) return { model };
  return tokensMinOf(request) > outputTokensMax ? null : { model, maxTokens: outputTokensMax };
}

/** The lowest of each; of several models the one of the furthest step, which stands last. */
function mergedOf(edits: readonly DueEdit[]): SplicedSettings {
  const merged: { model?: string; maxTokens?: number; effort?: string } = {};
  for (const { settings } of edits) {
    const { model, maxTokens, effort } = settings;
    if (model !== undefined) merged.model = model;
    if (maxTokens !== undefined) {
      merged.maxTokens = Math.min(maxTokens, merged.maxTokens ?? Number.POSITIVE_INFINITY);
    }
    if (effort !== undefined && (merged.effort === undefined || isBelow(effort, merged.effort))) {
      merged.effort = effort;
    }
  }
  return merged;
}

function isBelow(left: string, right: string): boolean {
  return EFFORTS.indexOf(left) < EFFORTS.indexOf(right);
}

/** Every byte of it is written before it is read. */
const allocate = (bytes: number): Buffer => Buffer.allocUnsafeSlow(bytes);

/** The call with other settings in its bytes; `null` when they cannot be put in. */
export function withSettings(
  { arrival }: ArrivedCall,
  settings: SplicedSettings,
): ArrivedCall | null {
  const bytes = spliceSettings(arrival.body, settings, allocate);
  if (bytes === null) return null;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const request = readRequest(body, arrival.version);
  return new ArrivedCall({ ...arrival, body, request });
}
