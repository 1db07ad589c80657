/** What a client is told when a budget stops its call, and whether trying again can help. */
import { formatInstant, instant } from "../../../base/index.ts";
import { formatBudgetAmount, type Quote } from "../../../domain/budgets/index.ts";
import type { Refusal } from "../refuse.ts";
import type { ArrivedCall, RecordedCall } from "./arrival.ts";

type OwnRefusal = Omit<Refusal, "exchange">;

/** A client is told to try again by itself only if that helps within so long. */
const RETRY_WITHIN_MS = 60_000;
/** How long calls that are under way are given to end and free what they hold. */
const RUNNING_CALLS_WAIT_MS = 2_000;

export function refusalOf(
  call: ArrivedCall | RecordedCall,
  stoppedBy: readonly Quote[],
): OwnRefusal {
  const unbounded = stoppedBy.find(({ verdict }) => verdict === "unbounded");
  if (unbounded !== undefined) {
    const { name } = unbounded.budget.definition;
    const what = `the budget "${name}" takes no call without a bound (${whyUnbounded(call)})`;
    return { code: "BUDGET_UNBOUNDED", what };
  }
  const waits = stoppedBy.map((quote) => waitMs(quote, call.atMs));
  const isVain = waits.some((wait) => wait === null);
  const longestMs = Math.max(...waits.map((wait) => wait ?? 0));
  const what = stoppedBy.map((quote) => shortText(quote, call.atMs)).join("; ");
  return {
    code: "BUDGET_EXCEEDED",
    what,
    retry: !isVain && longestMs <= RETRY_WITHIN_MS,
    retryAfterSeconds: isVain ? null : Math.max(1, Math.ceil(longestMs / 1_000)),
  };
}

export function unknownRefusal(name: string): OwnRefusal {
  const what = `what is left of the budget "${name}" is not known`;
  return { code: "BUDGET_STATE_UNKNOWN", what, retry: true, retryAfterSeconds: 2 };
}

export function roomRefusal(balancesMax: number): OwnRefusal {
  const what = `there are ${balancesMax} balances already, as many as may be kept`;
  return { code: "BUDGET_STATE_UNKNOWN", what, retry: false, retryAfterSeconds: null };
}

/** How long until the call may fit; `null` when time alone will not make it fit. */
function waitMs({ balance, budget, need, left }: Quote, nowMs: number): number | null {
  if (need === null || need > budget.cap || balance === null) return null;
  if (need <= left + balance.reserved) return RUNNING_CALLS_WAIT_MS;
  const refillsAt = balance.refillsAt(need - left - balance.reserved);
  return refillsAt === null ? null : Math.max(0, refillsAt - nowMs);
}

function shortText(quote: Quote, nowMs: number): string {
  const { budget, balance, key, need, left } = quote;
  const { name, unit, per } = budget.definition;
  const amount = (value: bigint): string => formatBudgetAmount(unit, value);
  const whose = per === null ? "" : ` for ${per} "${key.slice(0, 60)}"`;
  const reserved = balance === null ? 0n : balance.reserved;
  const spent = balance === null ? 0n : balance.spent(nowMs);
  const refillsAt = balance?.refillsAt(1n) ?? null;
  const when = refillsAt === null ? "" : `; it refills at ${formatInstant(instant(refillsAt))}`;
  return (
    `the budget "${name}"${whose} has ${amount(left)} left of ${amount(budget.cap)} ` +
    `(${amount(spent)} spent, ${amount(reserved)} reserved), ` +
    `and this call may come to ${amount(need ?? 0n)}${when}`
  );
}

function whyUnbounded(call: ArrivedCall | RecordedCall): string {
  if (!("arrival" in call)) return "server tools, content by URL, or a model without a price";
  const { request } = call.arrival;
  if (request.kind === "unreadable") return "the body is not a Messages request";
  if (request.unbounded.length > 0) return request.unbounded.join(", ").slice(0, 200);
  if (request.maxTokens === null) return "max_tokens is missing";
  return `the model "${request.model.slice(0, 60)}" has no known price`;
}
