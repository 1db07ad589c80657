/** The parts of a budget as fields of an input, and the way from there to what is kept. */
import { z } from "zod";
import { closestWord, PurserError } from "../../base/index.ts";
import {
  type AuthoredBudget,
  type BudgetDefinition,
  readBudget,
} from "../../domain/budgets/index.ts";
import type { Catalogue } from "../../domain/catalogue/index.ts";

const TEXT_MAX = 200;
const MATCH_MAX = 100;
const STEPS_MAX = 10;

const text = (says: string) => z.string().min(1).max(TEXT_MAX).optional().describe(says);

export const budgetName = () =>
  z.string().min(1).max(64).describe("What commands, answers and reports call it.");

export const limitField = z
  .string()
  .min(1)
  .max(TEXT_MAX)
  .describe('How much: "$500", "2M tokens" or "1000 calls".');

export const budgetFields = {
  window: text(
    'hour, day, week, month, session, lifetime or a length such as "rolling 24h"; month if unsaid.',
  ),
  timeZone: text("The zone of the window's clock, such as Europe/Berlin; UTC if unsaid."),
  match: z
    .array(z.string().min(3).max(400))
    .max(MATCH_MAX)
    .optional()
    .describe(
      'Which calls: "team=search", "tag:env=production"; one attribute again for any of several values.',
    ),
  per: text("One budget for each value of this attribute, such as user or tag:plan."),
  enforcement: z
    .enum(["hard", "soft"])
    .optional()
    .describe("hard refuses what does not fit, soft only tells; hard if unsaid."),
  shadow: z.boolean().optional().describe("Decide and write down, and do nothing."),
  whenShort: z
    .enum(["refuse", "shrink"])
    .optional()
    .describe("Refuse a call whose max_tokens is too much, or lower it; refuse if unsaid."),
  whenUnbounded: text("refuse calls without a bound (if unsaid), or reserve so much: $1."),
  steps: z
    .array(z.string().min(1).max(TEXT_MAX))
    .max(STEPS_MAX)
    .optional()
    .describe('What is done before it blocks: "80% warn", "95% model claude-haiku-5-5".'),
};

export type BudgetFields = z.output<z.ZodObject<typeof budgetFields>>;

/** Leaves out what is unsaid, so that what is kept is what was written. Errors: `BUDGET_*`. */
export function authoredOf(name: string, limit: string, fields: BudgetFields): AuthoredBudget {
  const { match, ...plain } = fields;
  const said = Object.entries(plain).filter(([, value]) => value !== undefined);
  return {
    ...{ name, limit },
    ...Object.fromEntries(said),
    ...(match === undefined ? {} : { match: matchOf(match) }),
  };
}

/** Errors: `BUDGET_ATTRIBUTE_UNKNOWN`. */
function matchOf(pairs: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const match: Record<string, string[]> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals < 1) {
      throw new PurserError("BUDGET_ATTRIBUTE_UNKNOWN", {
        what: `"${pair.slice(0, 60)}" names no attribute and value`,
        where: "match",
        mend: "Write team=search, or tag:env=production.",
      });
    }
    const [attribute, value] = [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()];
    match[attribute] = [...(match[attribute] ?? []), value];
  }
  return match;
}

/** What a written budget means. Errors: `BUDGET_*`, every problem in `data.problems`. */
export function definitionOf(budget: AuthoredBudget, catalogue: Catalogue): BudgetDefinition {
  const reading = readBudget(budget);
  if (reading.kind === "budget") return checkModels(reading.definition, catalogue);
  const [first, ...rest] = reading.problems;
  const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`;
  throw new PurserError(first?.code ?? "BUDGET_SETTING_INVALID", {
    what: `${first?.what}${more}`,
    where: first?.field ?? "budget",
    ...(first === undefined ? {} : { mend: first.mend }),
    data: { problems: reading.problems.map((problem) => ({ ...problem })) },
  });
}

/** Errors: `BUDGET_STEP_INVALID` for a step to a model without a price. */
function checkModels(definition: BudgetDefinition, catalogue: Catalogue): BudgetDefinition {
  for (const step of definition.steps) {
    if (step.action !== "model" || catalogue.resolve(step.model).kind === "known") continue;
    const near = closestWord(
      step.model,
      catalogue.models().map(({ id }) => String(id)),
    );
    throw new PurserError("BUDGET_STEP_INVALID", {
      what: `there is no price of a model "${step.model.slice(0, 60)}"`,
      where: "steps",
      ...(near === null ? {} : { mend: `Did you mean ${near}?` }),
    });
  }
  return definition;
}
