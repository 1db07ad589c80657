/** A budget as it is in force: what it is about, how much, over which window, and what happens. */
import type { DurationMs } from "../../base/index.ts";

export const BUDGET_UNITS = ["usd", "tokens", "calls"] as const;
export type BudgetUnit = (typeof BUDGET_UNITS)[number];

export const CALENDAR_WINDOWS = ["hour", "day", "week", "month"] as const;

export type BudgetWindow =
  /** By the wall clock of a named zone; a week begins on Monday. */
  | { readonly kind: (typeof CALENDAR_WINDOWS)[number]; readonly timeZone: string }
  /** The last so many milliseconds, at any moment. */
  | { readonly kind: "rolling"; readonly lengthMs: DurationMs }
  | { readonly kind: "lifetime" }
  /** From a session's first call until it has been idle for {@link SESSION_IDLE_MS}. */
  | { readonly kind: "session" };

/** A session that was idle for so long has ended; one of the same name begins anew. */
export const SESSION_IDLE_MS = 24 * 3_600_000;

/** What a budget may be kept for, once for each of its values. */
export const PLAIN_ATTRIBUTES = [
  "key",
  "user",
  "team",
  "endpoint",
  "model",
  "session",
  "user-type",
] as const;
export type PlainAttribute = (typeof PLAIN_ATTRIBUTES)[number];
export type BudgetAttribute = PlainAttribute | `tag:${string}`;

/** Which calls a budget is about. Every part must fit; within a part, any one of its values. */
export type BudgetMatch = Partial<Readonly<Record<BudgetAttribute, readonly string[]>>>;

/** What is done once `atPercent` of the cap is spent or reserved, or before a call is blocked. */
export type BudgetStep = { readonly atPercent: number } & (
  | { readonly action: "warn" }
  | { readonly action: "max-tokens"; readonly maxTokens: number }
  | { readonly action: "effort"; readonly effort: string }
  | { readonly action: "model"; readonly model: string }
);

export type BudgetDefinition = {
  readonly name: string;
  /** Empty: every call. */
  readonly match: BudgetMatch;
  /** One balance for each value of this attribute; `null` is one balance in all. */
  readonly per: BudgetAttribute | null;
  readonly window: BudgetWindow;
  readonly unit: BudgetUnit;
  /** Whole picodollars, tokens or calls; above zero. */
  readonly cap: bigint;
  /** A soft budget counts and tells, and never refuses. */
  readonly enforcement: "hard" | "soft";
  /** In shadow, what would be done is written down, and nothing is done. */
  readonly mode: "apply" | "shadow";
  /** When `max_tokens` alone makes a call too large: refuse it, or lower `max_tokens` until it fits. */
  readonly whenShort: "refuse" | "shrink";
  /** A call without a bound: refused, or reserved at so much of the budget's unit. */
  readonly unboundedCeiling: bigint | null;
  /** In the order in which they are taken. */
  readonly steps: readonly BudgetStep[];
};

/** What a call shows of itself. The model is the catalogue's own id where it is known. */
export type BudgetSubject = {
  readonly key: string | null;
  readonly user: string | null;
  readonly userType: string | null;
  readonly team: string | null;
  readonly endpoint: string | null;
  readonly session: string | null;
  readonly model: string | null;
  readonly tags: Readonly<Record<string, string>>;
};

export function attributeOf(subject: BudgetSubject, attribute: BudgetAttribute): string | null {
  switch (attribute) {
    case "key":
    case "user":
    case "team":
    case "endpoint":
    case "model":
    case "session":
      return subject[attribute];
    case "user-type":
      return subject.userType;
    default: {
      const name = attribute.slice("tag:".length);
      return Object.hasOwn(subject.tags, name) ? (subject.tags[name] ?? null) : null;
    }
  }
}
