/**
 * May this call be forwarded? Reads what is left, degrades the call where its budgets say so, and
 * reserves its worst case. Everything happens in one turn, so that no other call comes between.
 */
import { type Quote, stops } from "../../../domain/budgets/index.ts";
import type { WorstCase } from "../../../stores/contracts/index.ts";
import type { RequestReading } from "../../../wire/messages/index.ts";
import type { Refusal } from "../refuse.ts";
import type { Arrival, ArrivedCall, RecordedCall } from "./arrival.ts";
import { degrade } from "./degrade.ts";
import type { BudgetHold } from "./hold.ts";
import type { BudgetKeeper } from "./keeper.ts";
import { refusalOf, roomRefusal, unknownRefusal } from "./refusal.ts";
import { shrink } from "./shrink.ts";
import { spendHeaders } from "./spend-headers.ts";

export type { Arrival } from "./arrival.ts";

/** What the way of a call sees of what it holds. */
export type CallHold = Pick<
  BudgetHold,
  | "exchange"
  | "worstCase"
  | "handOver"
  | "releaseUnlessHandedOver"
  | "settle"
  | "onRecord"
  | "notOnRecord"
>;

export type AdmittedCall = {
  readonly kind: "admitted";
  /** What is to be forwarded: the client's own bytes, or these with settings spliced in. */
  readonly body: Buffer;
  readonly request: RequestReading;
  readonly decisions: readonly string[];
  readonly hold: CallHold;
  /** Names and values in turn; empty where no budget applies. */
  readonly headers: readonly string[];
};

export type Admission =
  | AdmittedCall
  | {
      readonly kind: "refused";
      readonly refusal: Omit<Refusal, "exchange">;
      readonly decisions: readonly string[];
      readonly worstCase: WorstCase;
    };

export function admit(keeper: BudgetKeeper, arrived: ArrivedCall): Admission {
  const asked = keeper.book.quote(arrived);
  if (asked.length === 0) return admitted(arrived, keeper.hold(arrived), NO_WORDS, NO_WORDS);
  const first = degrade(keeper, arrived, asked);
  const decisions = [...first.decisions];
  let { call, quotes } = first;
  const unknown = quotes.find((quote) => isUnknown(keeper, quote));
  if (unknown !== undefined) return refuseUnknown(call, unknown, decisions);
  let stoppedBy = stoppersAmong(keeper, quotes);
  if (stoppedBy.length > 0) {
    const shrunk = shrink(keeper, call, stoppedBy);
    if (shrunk !== null) {
      ({ call, quotes } = shrunk);
      decisions.push(...shrunk.decisions);
      stoppedBy = stoppersAmong(keeper, quotes);
    }
  }
  if (stoppedBy.length > 0) return refuse(call, stoppedBy, decisions);
  const outcome = keeper.book.reserve(call, quotes.map(leniently(keeper)));
  if (outcome.kind !== "reserved") {
    return refused(call, roomRefusal(keeper.settings.balancesMax), decisions);
  }
  const hold = keeper.hold(call, outcome.ticket);
  decisions.push(...wordsOf(call, quotes));
  return admitted(call, hold, decisions, spendHeaders(quotes, first, decisions, call.atMs));
}

const NO_WORDS: readonly string[] = [];

/** A request of a batch: as it is, because nothing of it may be changed. */
export function reserveAsIs(
  keeper: BudgetKeeper,
  call: RecordedCall,
): { readonly hold: BudgetHold } | { readonly refusal: Omit<Refusal, "exchange"> } {
  const quotes = keeper.book.quote(call);
  if (quotes.length === 0) return { hold: keeper.hold(call) };
  const unknown = quotes.find((quote) => isUnknown(keeper, quote));
  if (unknown !== undefined) {
    return { refusal: unknownRefusal(unknown.budget.definition.name) };
  }
  const stoppedBy = stoppersAmong(keeper, quotes);
  if (stoppedBy.length > 0) return { refusal: refusalOf(call, stoppedBy) };
  const outcome = keeper.book.reserve(call, quotes.map(leniently(keeper)));
  return outcome.kind === "reserved"
    ? { hold: keeper.hold(call, outcome.ticket) }
    : { refusal: roomRefusal(keeper.settings.balancesMax) };
}

function admitted(
  { arrival: { body, request } }: { readonly arrival: Arrival },
  hold: BudgetHold,
  decisions: readonly string[],
  headers: readonly string[],
): AdmittedCall {
  return { kind: "admitted", body, request, hold, decisions, headers };
}

function isUnknown(keeper: BudgetKeeper, quote: Quote): boolean {
  const { enforcement, mode } = quote.budget.definition;
  const isHard = enforcement === "hard" && mode === "apply";
  if (!isHard || keeper.settings.onFailure === "pass") return false;
  return keeper.readiness(quote) === "unknown";
}

/** What stops the call, of the budgets that are in force. */
function stoppersAmong(keeper: BudgetKeeper, quotes: readonly Quote[]): readonly Quote[] {
  return quotes.filter((quote) => stops(quote) && keeper.readiness(quote) === "ready");
}

/** A budget that is not in force counts what it would have refused. */
function leniently(keeper: BudgetKeeper): (quote: Quote) => Quote {
  return (quote) =>
    stops(quote) && keeper.readiness(quote) !== "ready" ? { ...quote, verdict: "fits" } : quote;
}

function refused(
  call: ArrivedCall,
  refusal: Omit<Refusal, "exchange">,
  decisions: readonly string[],
): Admission {
  return { kind: "refused", refusal, decisions, worstCase: call.worstCase };
}

function refuse(
  call: ArrivedCall,
  stoppedBy: readonly Quote[],
  decisions: readonly string[],
): Admission {
  const words = stoppedBy.map(
    ({ budget, verdict }) => `budget ${budget.definition.name} refuse ${verdict}`,
  );
  return refused(call, refusalOf(call, stoppedBy), [...decisions, ...words]);
}

function refuseUnknown(call: ArrivedCall, quote: Quote, decisions: readonly string[]): Admission {
  const { name } = quote.budget.definition;
  const words = [...decisions, `budget ${name} refuse unknown`];
  return refused(call, unknownRefusal(name), words);
}

/** What budgets that do not refuse would have done, and which calls went without a bound. */
function wordsOf(call: ArrivedCall, quotes: readonly Quote[]): readonly string[] {
  return quotes.flatMap(({ budget, verdict, need }) => {
    const { name, enforcement, mode, unit } = budget.definition;
    if (verdict !== "fits") {
      const how = mode === "shadow" ? "shadow" : enforcement === "soft" ? "soft" : "passed";
      return `budget ${name} ${how} ${verdict}`;
    }
    const isAtCeiling = unit !== "calls" && call[unit] === null;
    return isAtCeiling ? `budget ${name} ceiling ${need}` : [];
  });
}
