import { z } from "zod";
import {
  estimatedTokenCount,
  formatInstant,
  type Instant,
  type PicoUsd,
  PurserError,
} from "../../base/index.ts";
import { worstCaseAmount } from "../../domain/billing/index.ts";
import {
  type Budget,
  type BudgetBook,
  type BudgetSubject,
  formatBudgetAmount,
  formatBudgetStep,
  mismatchOf,
  type WorstNeed,
} from "../../domain/budgets/index.ts";
import { type Catalogue, canonicalModel } from "../../domain/catalogue/index.ts";
import type { Exchange } from "../../stores/contracts/index.ts";
import type { OperationContext } from "../context.ts";
import { defineOperation } from "../operation.ts";
import { amountText, balanceOutput, toBalanceOutput } from "./budget-output.ts";
import { allBudgets, currentBook } from "./current-book.ts";

const TOKENS_MAX = 10_000_000;
const label = (says: string) => z.string().min(1).max(256).optional().describe(says);
const tokens = (says: string) => z.int().min(0).max(TOKENS_MAX).optional().describe(says);

const input = z.strictObject({
  exchange: label("A call on record, by its id: an answer's request-id, when Purser refused it."),
  model: label("The model that is asked for."),
  inputTokens: tokens("Length of its prompt; 1,000 if unsaid."),
  maxTokens: tokens("Its max_tokens; 1,000 if unsaid."),
  key: label("The key's id or fingerprint."),
  user: label("The user of the call."),
  userType: label("Its kind of user."),
  team: label("Its team."),
  endpoint: label("Its endpoint."),
  session: label("Its session."),
  tags: z.array(z.string().min(3).max(400)).max(16).default([]).describe('"env=production".'),
});
type Input = z.output<typeof input>;

const verdict = z
  .enum(["fits", "short", "unbounded", "not-matched"])
  .describe("Whether the call fits, is more than is left, has no bound, or is not under it.");

export const budgetExplain = defineOperation({
  name: "budget-explain",
  path: ["budget", "explain"],
  title: "Why a call was or would be stopped",
  summary:
    "Holds a call on record, or one that you describe, against every budget, with the figures.",
  effects: "reads",
  positional: "exchange",
  input,
  output: z.object({
    from: z.enum(["gateway", "ledger"]),
    would_be_stopped: z.boolean().describe("As things stand now."),
    on_record: z
      .object({
        outcome: z.string(),
        opened_at: z.string(),
        decisions: z.array(z.string()).describe("What budgets decided at the time."),
      })
      .nullable(),
    worst_case: z.object({
      usd: z.string().nullable().describe("US dollars, exact; null without a bound or a price."),
      tokens: z.string().nullable(),
    }),
    budgets: z.array(
      z.object({
        name: z.string(),
        unit: z.enum(["usd", "tokens", "calls"]),
        verdict,
        because: z.string(),
        stops: z.boolean(),
        limit: z.string(),
        need: z.string().nullable(),
        balance: balanceOutput.nullable(),
        steps_due: z.array(z.string()),
      }),
    ),
  }),
  examples: [
    { says: "why this call was stopped", input: { exchange: "ex_0jkf3v8q2wtn" } },
    {
      says: "whether such a call would be",
      input: { model: "claude-opus-5-5", maxTokens: 4_096, user: "dana" },
    },
  ],
  async run(given, context) {
    const asked = await askedCall(given, context);
    const { book, from } = await currentBook(context, await allBudgets(context));
    const nowMs = context.clock.now();
    const catalogue = context.catalogue();
    const budgets = book.budgets.map((budget) =>
      explain({ book, budget, asked, nowMs, catalogue }),
    );
    return {
      from,
      would_be_stopped: budgets.some(({ stops }) => stops),
      on_record: asked.onRecord,
      worst_case: {
        usd: asked.worst.usd === null ? null : amountText("usd", asked.worst.usd),
        tokens: asked.worst.tokens === null ? null : asked.worst.tokens.toString(),
      },
      budgets,
    };
  },
});

type AskedCall = {
  readonly subject: BudgetSubject;
  readonly worst: WorstNeed;
  readonly onRecord: { outcome: string; opened_at: string; decisions: string[] } | null;
};

async function askedCall(given: Input, context: OperationContext): Promise<AskedCall> {
  const catalogue = context.catalogue();
  if (given.exchange === undefined) return describedCall(given, catalogue, context.clock.now());
  const found = await (await context.ledger()).exchange(given.exchange);
  if (found !== null) return recordedCall(found, catalogue);
  throw new PurserError("EXCHANGE_NOT_FOUND", { what: `there is no exchange ${given.exchange}` });
}

function recordedCall({ opened, settled }: Exchange, catalogue: Catalogue): AskedCall {
  const { inputTokens, outputTokens, amount } = opened.worstCase;
  return {
    subject: {
      ...opened.attributes,
      model: opened.modelAsked === null ? null : canonicalModel(catalogue, opened.modelAsked),
    },
    worst: {
      usd: amount,
      tokens: outputTokens === null ? null : BigInt(inputTokens) + BigInt(outputTokens),
    },
    onRecord: {
      outcome: settled?.outcome ?? "open",
      opened_at: formatInstant(opened.at),
      decisions: opened.decisions.filter((text) => text.startsWith("budget ")),
    },
  };
}

const TOKENS_ASSUMED = 1_000;

function describedCall(given: Input, catalogue: Catalogue, at: Instant): AskedCall {
  const { model, inputTokens = TOKENS_ASSUMED, maxTokens = TOKENS_ASSUMED } = given;
  const tags = given.tags.map((pair) => {
    const equals = pair.indexOf("=");
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
  });
  const { key = null, user = null, team = null, endpoint = null, session = null } = given;
  return {
    subject: {
      ...{ key, user, team, endpoint, session, userType: given.userType ?? null },
      model: model === undefined ? null : canonicalModel(catalogue, model),
      tags: Object.fromEntries(tags),
    },
    worst: {
      usd: model === undefined ? null : dearest(catalogue, model, inputTokens, maxTokens, at),
      tokens: BigInt(inputTokens) + BigInt(maxTokens),
    },
    onRecord: null,
  };
}

/** As for a call that writes its whole prompt to the cache for an hour. */
function dearest(
  catalogue: Catalogue,
  model: string,
  inputTokens: number,
  maxTokens: number,
  at: Instant,
): PicoUsd | null {
  const outcome = worstCaseAmount({
    ...{ catalogue, model, at, maxTokens, speed: null, inferenceGeo: null, unbounded: [] },
    inputTokens: estimatedTokenCount(inputTokens),
    cacheLifetime: "1h",
  });
  return outcome.kind === "bounded" ? outcome.amount : null;
}

type Explaining = {
  readonly book: BudgetBook;
  readonly budget: Budget;
  readonly asked: AskedCall;
  readonly nowMs: number;
  readonly catalogue: Catalogue;
};

function explain({ book, budget, asked, nowMs, catalogue }: Explaining) {
  const { definition, cap } = budget;
  const { name, unit } = definition;
  const { subject, worst } = asked;
  const quote = book.quote({ atMs: nowMs, subject, worst }).find((each) => each.budget === budget);
  const shown = { name, unit, limit: amountText(unit, cap) };
  if (quote === undefined) {
    const missing = mismatchOf(definition, (model) => canonicalModel(catalogue, model), subject);
    const value = missing?.value === null ? "none" : `"${missing?.value}"`;
    const because = `the call's ${missing?.attribute ?? "model"} is ${value}`;
    const none = { need: null, balance: null, steps_due: [] };
    return { ...shown, ...none, verdict: "not-matched" as const, because, stops: false };
  }
  const { need, left } = quote;
  const used = cap - left;
  const isHard = definition.enforcement === "hard" && definition.mode === "apply";
  return {
    ...shown,
    verdict: quote.verdict,
    because: becauseOf(quote.verdict, unit, need, left),
    stops: isHard && quote.verdict !== "fits",
    need: need === null ? null : amountText(unit, need),
    balance: toBalanceOutput(budget, quote.balance, nowMs),
    steps_due: definition.steps
      .filter(({ atPercent }) => used * 100n >= cap * BigInt(atPercent))
      .map(formatBudgetStep),
  };
}

function becauseOf(
  verdict: "fits" | "short" | "unbounded",
  unit: Budget["definition"]["unit"],
  need: bigint | null,
  left: bigint,
): string {
  if (verdict === "unbounded" || need === null)
    return "it has no bound, and no ceiling is declared";
  const say = (amount: bigint): string => formatBudgetAmount(unit, amount);
  return verdict === "fits"
    ? `it may come to ${say(need)}, and ${say(left)} are left`
    : `it may come to ${say(need)}, and only ${say(left)} are left`;
}
