/** Whether a call falls under a budget, and which value's balance it draws from. */
import {
  attributeOf,
  type BudgetAttribute,
  type BudgetDefinition,
  type BudgetSubject,
} from "./definition.ts";

/** The key of the balance: the value of `per`, or the empty text where there is one for all. */
export type BalanceKey = string;

export type Matcher = (subject: BudgetSubject) => BalanceKey | null;

/** What a matcher says no to, in words; `null` when the call falls under the budget. */
export type Mismatch = { readonly attribute: BudgetAttribute; readonly value: string | null };

/** `canonicalModel` gives the one id of a model that has several names. */
export function compileMatcher(
  definition: Pick<BudgetDefinition, "match" | "per">,
  canonicalModel: (model: string) => string,
): Matcher {
  const parts = partsOf(definition, canonicalModel);
  const { per } = definition;
  return (subject) => {
    for (const { attribute, values } of parts) {
      const value = attributeOf(subject, attribute);
      if (value === null || !values.has(value)) return null;
    }
    return per === null ? "" : attributeOf(subject, per);
  };
}

export function mismatchOf(
  definition: Pick<BudgetDefinition, "match" | "per">,
  canonicalModel: (model: string) => string,
  subject: BudgetSubject,
): Mismatch | null {
  for (const { attribute, values } of partsOf(definition, canonicalModel)) {
    const value = attributeOf(subject, attribute);
    if (value === null || !values.has(value)) return { attribute, value };
  }
  const { per } = definition;
  const isWithout = per !== null && attributeOf(subject, per) === null;
  return isWithout ? { attribute: per, value: null } : null;
}

type Part = { readonly attribute: BudgetAttribute; readonly values: ReadonlySet<string> };

function partsOf(
  { match }: Pick<BudgetDefinition, "match">,
  canonicalModel: (model: string) => string,
): readonly Part[] {
  return Object.entries(match).map(([name, values]) => {
    const attribute = name as BudgetAttribute;
    const isModel = attribute === "model";
    const own = values ?? [];
    return { attribute, values: new Set(isModel ? own.map(canonicalModel) : own) };
  });
}
