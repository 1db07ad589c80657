/** Fills balances with what the ledger has on record of their windows. */
import { DAY_MS, type Instant, instant } from "../../../base/index.ts";
import type { Budget, BudgetBook, BudgetDefinition } from "../../../domain/budgets/index.ts";
import { slotMsOf } from "../../../domain/budgets/index.ts";
import type {
  ChargeAttribute,
  ChargeRow,
  ChargesQuestion,
} from "../../../stores/contracts/index.ts";

export type ChargesSource = (question: ChargesQuestion) => Promise<readonly ChargeRow[]>;

export type LoadQuestion = {
  readonly book: BudgetBook;
  /** The budgets to be filled; their balances hold what is under way and nothing else. */
  readonly names: readonly string[];
  readonly charges: ChargesSource;
  readonly canonicalModel: (model: string) => string;
  readonly nowMs: () => number;
  /** From then on exchanges are told one by one; `null` when all of them are to be counted. */
  readonly apartSince: Instant | null;
  /** Asked once the ledger has answered: exchanges that the balances count already. */
  readonly counted: () => ReadonlySet<string>;
};

/** A session that goes on for longer than this is loaded from here on. */
const SESSION_LOOK_BACK_MS = 31 * DAY_MS;
const SESSION_BUCKET_MS = 60_000;

/** Errors: those of the ledger's reader. */
export async function loadBalances(question: LoadQuestion): Promise<void> {
  const { book, names, nowMs } = question;
  const groups = new Map<string, { readonly since: Since; readonly budgets: Budget[] }>();
  for (const name of names) {
    const budget = book.budget(name);
    if (budget === null) continue;
    const since = sinceOf(budget, nowMs());
    const key = `${since.since} ${since.bucketMs}`;
    const group = groups.get(key) ?? { since, budgets: [] };
    group.budgets.push(budget);
    groups.set(key, group);
  }
  for (const { since, budgets } of groups.values()) await loadGroup(question, since, budgets);
}

async function loadGroup(
  { book, charges, canonicalModel, nowMs, apartSince, counted }: LoadQuestion,
  since: Since,
  budgets: readonly Budget[],
): Promise<void> {
  const by = [...new Set(budgets.flatMap(({ definition }) => attributesOf(definition)))];
  const rows = await charges({ ...since, by, apartSince });
  const known = counted();
  for (const row of rows) {
    if (row.exchange !== null && known.has(row.exchange)) continue;
    const { model } = row.subject;
    const subject = { ...row.subject, model: model === null ? null : canonicalModel(model) };
    const { firstMs: openedMs, lastMs, isOpen } = row;
    for (const budget of budgets) {
      const amount = amountIn(budget.definition, row);
      book.load(budget, { subject, openedMs, lastMs, isOpen, amount }, nowMs());
    }
  }
}

type Since = Pick<ChargesQuestion, "since" | "bucketMs">;

function sinceOf(budget: Budget, nowMs: number): Since {
  const { window } = budget.definition;
  switch (window.kind) {
    case "lifetime":
      return { since: null, bucketMs: null };
    case "session":
      return { since: instant(nowMs - SESSION_LOOK_BACK_MS), bucketMs: SESSION_BUCKET_MS };
    case "rolling": {
      const slotMs = slotMsOf(window.lengthMs);
      const first = Math.floor((nowMs - window.lengthMs) / slotMs) * slotMs - slotMs;
      return { since: instant(first), bucketMs: slotMs };
    }
    default:
      budget.roll(nowMs);
      return { since: instant(budget.span?.fromMs ?? nowMs), bucketMs: null };
  }
}

function attributesOf({ match, per }: BudgetDefinition): readonly ChargeAttribute[] {
  const names = [...Object.keys(match), ...(per === null ? [] : [per])];
  return names.map((name) => {
    if (name.startsWith("tag:")) return "tags";
    return name === "user-type" ? "userType" : (name as ChargeAttribute);
  });
}

function amountIn({ unit, unboundedCeiling }: BudgetDefinition, row: ChargeRow): bigint {
  if (unit === "calls") return row.calls;
  const [known, without] =
    unit === "usd" ? [row.usd, row.callsWithoutUsd] : [row.tokens, row.callsWithoutTokens];
  return known + without * (unboundedCeiling ?? 0n);
}
