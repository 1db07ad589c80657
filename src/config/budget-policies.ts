/** Policies of the lever `budget`: what may be written, and what is wrong with it at its place. */
import { z } from "zod";
import { errorDefinition } from "../base/index.ts";
import { type AuthoredBudget, type BudgetReading, readBudget } from "../domain/budgets/index.ts";
import type { CheckedConfig } from "./authored.ts";
import type { FindPlace } from "./explain-zod.ts";
import { type ConfigIssue, formatKeyPath, type KeyPath } from "./issue.ts";

const text = () => z.string().min(1).max(200);
const STEPS_MAX = 10;

/** Settings of a policy that only a budget has. What each text may say is read in `domain/budgets`. */
export const budgetSettings = {
  limit: text().optional().describe('A budget: "$500", "2M tokens" or "1000 calls".'),
  window: text()
    .optional()
    .describe(
      'A budget: hour, day, week, month, session, lifetime or "rolling 24h"; month if unsaid.',
    ),
  timeZone: text().optional().describe("A budget: the zone of its window; UTC if unsaid."),
  per: text()
    .optional()
    .describe(
      "A budget or limit: one for each value of key, user, team, endpoint, model, session, user-type or tag:NAME.",
    ),
  enforcement: z
    .enum(["hard", "soft"])
    .optional()
    .describe("A budget: hard refuses what does not fit, soft only tells; hard if unsaid."),
  whenShort: z
    .enum(["refuse", "shrink"])
    .optional()
    .describe(
      "A budget: refuse a call whose max_tokens is too much, or lower it; refuse if unsaid.",
    ),
  whenUnbounded: text()
    .optional()
    .describe("A budget: refuse calls without a bound, or reserve so much; refuse if unsaid."),
  steps: z
    .array(text())
    .max(STEPS_MAX)
    .optional()
    .describe('A budget: what is done before it blocks, such as "80% warn".'),
};

export const budgetsSection = z.strictObject({
  onFailure: z
    .enum(["refuse", "pass"])
    .optional()
    .describe(
      "When what is left is not known: refuse the calls of hard budgets, or let them pass.",
    ),
  balancesMax: z
    .int()
    .min(100)
    .max(1_000_000)
    .optional()
    .describe("Balances of all budgets together: one for each value of `per` in use."),
});

type PolicyEntry = NonNullable<CheckedConfig["policies"]>[number];

/** `null` for a policy of another lever, and for one that only observes. */
export function authoredBudgetOf(policy: PolicyEntry): AuthoredBudget | null {
  if (policy.lever !== "budget") return null;
  const { limit = "", window, timeZone, per, enforcement, ...rest } = policy.settings ?? {};
  const { whenShort, whenUnbounded, steps } = rest;
  const { tags = {}, ...match } = policy.match ?? {};
  const tagged = Object.entries(tags).map(([name, value]) => [`tag:${name}`, [value]] as const);
  const plain = Object.entries(match).flatMap(([name, values]) =>
    values === undefined ? [] : [[name, values] as const],
  );
  return {
    ...{ name: policy.name, limit, window, timeZone, per, enforcement },
    ...{ whenShort, whenUnbounded, steps },
    match: Object.fromEntries([...plain, ...tagged]),
    shadow: policy.mode !== "apply",
  };
}

export function checkBudgets(config: CheckedConfig, placeOf: FindPlace): readonly ConfigIssue[] {
  return (config.policies ?? []).flatMap((policy, index) => {
    const path: KeyPath = ["policies", index];
    const authored = authoredBudgetOf(policy);
    if (authored === null) return misplacedSettings(policy, path, placeOf);
    const problems = problemsOf(readBudget(authored));
    const issues = problems.map(({ code, field, what, mend }) => {
      const at = [...path, ...placeIn(field)];
      const isMissing = field === "limit" && authored.limit === "";
      const said = isMissing ? "the budget has no limit" : what;
      return { code, what: said, mend, ...placeOf(at, "value"), key: formatKeyPath(at) };
    });
    return [...issues, ...cacheSettings(policy, path, placeOf)];
  });
}

function problemsOf(reading: BudgetReading) {
  return reading.kind === "problems" ? reading.problems : [];
}

/** Where a field of an authored budget stands in its policy. */
function placeIn(field: string): KeyPath {
  if (field === "name") return ["name"];
  const [first = "", second = ""] = field.split(".");
  if (first === "steps") return ["settings", "steps", Number(second)];
  if (first !== "match") return ["settings", field];
  const tag = field.slice("match.tag:".length);
  return second.startsWith("tag:") ? ["match", "tags", tag] : ["match", second];
}

/** Keys of `settings` that belong to the lever `budget`; limits have `per` as well. */
export const BUDGET_KEYS: readonly string[] = Object.keys(budgetSettings);
const CACHE_KEYS = ["ownMarkers", "stampedeHoldMax", "keepAlive", "seed"];

function misplacedSettings(
  policy: PolicyEntry,
  path: KeyPath,
  placeOf: FindPlace,
): readonly ConfigIssue[] {
  const misplaced = BUDGET_KEYS.filter((key) => key !== "per" || policy.lever !== "limit");
  return keysIn(policy, misplaced).map((key) =>
    conflict([...path, "settings", key], placeOf, `"${key}" is a setting of budgets`),
  );
}

function cacheSettings(
  policy: PolicyEntry,
  path: KeyPath,
  placeOf: FindPlace,
): readonly ConfigIssue[] {
  const issues = keysIn(policy, CACHE_KEYS).map((key) =>
    conflict([...path, "settings", key], placeOf, `"${key}" is no setting of budgets`),
  );
  if (policy.holdOut === undefined) return issues;
  return [...issues, conflict([...path, "holdOut"], placeOf, "a budget holds nothing out")];
}

function keysIn(policy: PolicyEntry, keys: readonly string[]): readonly string[] {
  return Object.keys(policy.settings ?? {}).filter((key) => keys.includes(key));
}

function conflict(path: KeyPath, placeOf: FindPlace, what: string): ConfigIssue {
  const code = "CONFIG_CONFLICT";
  const { mend } = errorDefinition(code);
  return { code, what, mend, ...placeOf(path, "value"), key: formatKeyPath(path) };
}

/** Budgets that are written and do nothing are worth a word. */
export function budgetWarnings(config: CheckedConfig): readonly string[] {
  return (config.policies ?? []).flatMap(({ lever, mode = "observe", name }) =>
    lever === "budget" && mode === "observe"
      ? `the budget "${name}" does nothing: its mode is observe; write apply, or advise to try it`
      : [],
  );
}
