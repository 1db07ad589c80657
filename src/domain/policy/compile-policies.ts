/** Compiles the list of policies once, into an immutable snapshot that the hot path reads. */
import type { CachePolicy, CallFacts, DeferPolicy, Policy, PolicyMatch } from "./policy.ts";

export type PolicySnapshot = {
  /** Changes whenever a policy does; `none` without policies. */
  readonly version: string;
  /** The first cache policy that fits; `null` when none does, or when it only observes. */
  readonly cacheFor: (call: CallFacts) => CachePolicy | null;
  /** The first policy that defers and fits, likewise. */
  readonly deferFor: (call: CallFacts) => DeferPolicy | null;
};

/** `digest` tells two lists apart; it comes in as a value. */
export function compilePolicies(
  policies: readonly Policy[],
  digest: (text: string) => string,
): PolicySnapshot {
  return Object.freeze({
    version: policies.length === 0 ? "none" : digest(JSON.stringify(policies)),
    cacheFor: firstThatFits(policies.filter((policy) => policy.lever === "cache")),
    deferFor: firstThatFits(policies.filter((policy) => policy.lever === "defer")),
  });
}

function firstThatFits<One extends Policy>(
  policies: readonly One[],
): (call: CallFacts) => One | null {
  const compiled = policies.map((policy) => ({ policy, fits: compileMatch(policy.match) }));
  return (call) => {
    for (const { policy, fits } of compiled) {
      // An entry that observes ends the search: it stands before the others on purpose.
      if (fits(call)) return policy.mode === "observe" ? null : policy;
    }
    return null;
  };
}

/** No policy at all: everything passes as it came. */
export const NO_POLICIES: PolicySnapshot = compilePolicies([], () => "none");

export type Fits = (call: CallFacts) => boolean;

/** Whether a call is one that a match is about. */
export function compileMatch(match: PolicyMatch): Fits {
  const parts: Fits[] = [];
  const oneOf = (
    values: readonly string[] | undefined,
    pick: (call: CallFacts) => string | null,
  ): void => {
    if (values === undefined) return;
    const set = new Set(values);
    parts.push((call) => {
      const value = pick(call);
      return value !== null && set.has(value);
    });
  };
  oneOf(match.endpoints, (call) => call.endpoint);
  oneOf(match.models, (call) => call.model);
  oneOf(match.keys, (call) => call.key);
  oneOf(match.teams, (call) => call.team);
  oneOf(match.users, (call) => call.user);
  oneOf(match.sessions, (call) => call.session);
  oneOf(match.userTypes, (call) => call.userType);
  for (const [name, value] of Object.entries(match.tags ?? {})) {
    parts.push((call) => Object.hasOwn(call.tags, name) && call.tags[name] === value);
  }
  return (call) => parts.every((part) => part(call));
}
