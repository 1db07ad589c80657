/** The configuration in the words of the parts that use it. */
import { createHash } from "node:crypto";
import { durationMs } from "../base/index.ts";
import {
  authoredBudgetOf,
  type ConfiguredPolicy,
  isCarriedOut,
  type LoadedConfig,
} from "../config/index.ts";
import { compileShowback, type Showback, type ShowbackRule } from "../domain/billing/index.ts";
import type { AuthoredBudget } from "../domain/budgets/index.ts";
import { type Catalogue, compileCatalogue } from "../domain/catalogue/index.ts";
import {
  type CachePolicy,
  compileLimits,
  compilePolicies,
  type DeferPolicy,
  type LimitPolicy,
  type LimitScope,
  type LimitSnapshot,
  type Policy,
  type PolicySnapshot,
} from "../domain/policy/index.ts";

/** Errors: `CATALOGUE_OVERRIDE_INVALID`, `PRICE_NOT_WHOLE`. */
export function catalogueOf(config: LoadedConfig): Catalogue {
  return compileCatalogue({
    models: config.models,
    discounts: config.discounts.map((discount) => ({
      models: discount.models ?? "all",
      percentOff: discount.percentOff,
      from: discount.from,
      until: discount.until,
    })),
  });
}

/** Errors: `CATALOGUE_OVERRIDE_INVALID`. */
export function showbackOf(config: LoadedConfig): Showback {
  return compileShowback(config.showback.map(ruleOf));
}

function ruleOf(entry: LoadedConfig["showback"][number]): ShowbackRule {
  const { team, user, userType, margin, prices } = entry;
  return {
    team,
    user,
    userType,
    marginPercent: margin,
    prices:
      prices === undefined
        ? undefined
        : Object.fromEntries(prices.map(({ model, ...rates }) => [model, rates])),
  };
}

const HOLD_OUT_PERCENT_DEFAULT = "5";
const STAMPEDE_HOLD_MS_DEFAULT = 2_000;
const SEED_DEFAULT = 1;

export function policiesOf(config: LoadedConfig): PolicySnapshot {
  const digest = (text: string): string =>
    createHash("sha256").update(text).digest("hex").slice(0, 16);
  const policies = config.policies.filter(isCarriedOut);
  return compilePolicies(policies.flatMap(policyOf), digest);
}

/** The budgets of the file that decide anything. */
export function budgetsOf(config: LoadedConfig): readonly AuthoredBudget[] {
  return config.policies.flatMap((policy) =>
    policy.mode === "apply" || policy.mode === "advise" ? (authoredBudgetOf(policy) ?? []) : [],
  );
}

export function limitsOf(config: LoadedConfig): LimitSnapshot {
  const limits = config.policies.filter(({ lever }) => lever === "limit");
  return compileLimits(limits.map(limitPolicyOf));
}

/** The configuration has checked what `per` may be. */
function limitPolicyOf({ name, mode, match, settings }: ConfiguredPolicy): LimitPolicy {
  const { per, wait, ...limits } = settings ?? {};
  return {
    name,
    lever: "limit",
    match: match ?? {},
    mode: mode ?? "observe",
    per: (per ?? "all") as LimitScope,
    limits: { ...limits, waitMsMax: wait },
  };
}

/** Those of the levers that are compiled apart are none of these. */
function policyOf(policy: ConfiguredPolicy): readonly Policy[] {
  switch (policy.lever) {
    case "cache":
      return [cachePolicyOf(policy)];
    case "defer":
      return [deferPolicyOf(policy)];
    default:
      return [];
  }
}

function cachePolicyOf({ name, mode, holdOut, match, settings }: ConfiguredPolicy): CachePolicy {
  return {
    name,
    lever: "cache",
    match: match ?? {},
    mode: mode ?? "observe",
    holdOut: Number(holdOut ?? HOLD_OUT_PERCENT_DEFAULT) / 100,
    cache: {
      ownMarkers: settings?.ownMarkers ?? "respect",
      stampedeHoldMsMax: durationMs(settings?.stampedeHoldMax ?? STAMPEDE_HOLD_MS_DEFAULT),
      seed: settings?.seed ?? SEED_DEFAULT,
      keepAlive: settings?.keepAlive ?? false,
    },
  };
}

/** One that only observes may leave its deadline out, and then no call is measured by it. */
function deferPolicyOf({ name, mode, match, settings }: ConfiguredPolicy): DeferPolicy {
  return {
    name,
    lever: "defer",
    match: match ?? {},
    mode: mode ?? "observe",
    deadlineMs: durationMs(settings?.deadline ?? 0),
    delivery: settings?.delivery ?? "hold",
  };
}
