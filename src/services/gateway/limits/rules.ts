/** The limits that a call falls under, each with the scope it is measured in. */
import { type LimitSettings, limitsNothing } from "../../../domain/limits/index.ts";
import type { LimitPolicy, LimitScope, LimitSnapshot } from "../../../domain/policy/index.ts";
import type { Attributes } from "../../../stores/contracts/index.ts";
import type { KeyGrant } from "../access/index.ts";

export type LimitRule = {
  /** As decisions and refusals name it. */
  readonly name: string;
  readonly mode: "advise" | "apply";
  readonly limits: LimitSettings;
  /** Calls with the same text are measured together. */
  readonly scope: string;
};

export type RuledCall = {
  readonly attributes: Attributes;
  readonly model: string | null;
  readonly grant: KeyGrant | null;
};

const NO_RULES: readonly LimitRule[] = [];

export function rulesFor(snapshot: LimitSnapshot, call: RuledCall): readonly LimitRule[] {
  const { attributes, model, grant } = call;
  if (snapshot.isEmpty && (grant === null || limitsNothing(grant.limits))) return NO_RULES;
  const ofPolicies = snapshot
    .limitsFor({ ...attributes, model })
    .map((policy) => ruleOf(policy, attributes, model));
  return grant === null || limitsNothing(grant.limits)
    ? ofPolicies
    : [...ofPolicies, ruleOfKey(grant)];
}

function ruleOf(policy: LimitPolicy, attributes: Attributes, model: string | null): LimitRule {
  const { name, mode, limits, per } = policy;
  const value = valueIn(per, attributes, model);
  return {
    name,
    mode: mode === "apply" ? "apply" : "advise",
    limits,
    scope: JSON.stringify([name, value]),
  };
}

function ruleOfKey({ id, limits }: KeyGrant): LimitRule {
  return { name: "key", mode: "apply", limits, scope: JSON.stringify(["virtual", "key", id]) };
}

const TAG = "tag:";

/** Calls without the attribute are measured together, as if they had one value of it. */
function valueIn(per: LimitScope, attributes: Attributes, model: string | null): string | null {
  if (per.startsWith(TAG)) return attributes.tags[per.slice(TAG.length)] ?? null;
  const plain = per as Exclude<LimitScope, `tag:${string}`>;
  switch (plain) {
    case "all":
      return "";
    case "user-type":
      return attributes.userType;
    case "model":
      return model;
    case "key":
    case "user":
    case "team":
    case "endpoint":
    case "session":
      return attributes[plain];
    default:
      return plain satisfies never;
  }
}
