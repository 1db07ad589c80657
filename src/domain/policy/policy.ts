/** One entry of the list of policies, as it is compiled. */
import type { DurationMs } from "../../base/index.ts";
import type { LimitSettings } from "../limits/index.ts";

/** Which calls a policy is about. Every part that is set must fit; within a part, any one of its values. */
export type PolicyMatch = {
  readonly endpoints?: readonly string[] | undefined;
  /** Model ids as the caller writes them. */
  readonly models?: readonly string[] | undefined;
  /** Keyed fingerprints, as reports show them. */
  readonly keys?: readonly string[] | undefined;
  readonly teams?: readonly string[] | undefined;
  readonly users?: readonly string[] | undefined;
  readonly sessions?: readonly string[] | undefined;
  readonly userTypes?: readonly string[] | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
};

/**
 * How far a policy may go. `observe` decides nothing. `advise` decides and writes it down, and changes
 * nothing. `apply` does it.
 */
export type PolicyMode = "observe" | "advise" | "apply";

export type CacheSettings = {
  /** What is done with a request that carries markers of its own. */
  readonly ownMarkers: "respect" | "improve";
  /** How long a call may be held for another that writes the same prefix; 0 holds none. */
  readonly stampedeHoldMsMax: DurationMs;
  /** Another seed is another choice of what is held out. */
  readonly seed: number;
  /** Whether calls of Purser's own keep prefixes alive; not, if unsaid. */
  readonly keepAlive?: boolean;
};

export type CachePolicy = {
  readonly name: string;
  readonly lever: "cache";
  readonly match: PolicyMatch;
  readonly mode: PolicyMode;
  /** Share of units that are left alone, 0 to 1. */
  readonly holdOut: number;
  readonly cache: CacheSettings;
};

export type DeferPolicy = {
  readonly name: string;
  readonly lever: "defer";
  readonly match: PolicyMatch;
  readonly mode: PolicyMode;
  /** How long the answer of a call can wait, from its arrival on. */
  readonly deadlineMs: DurationMs;
  /** Whether its connection is held, or its client is told where to ask. */
  readonly delivery: "hold" | "poll";
};

/** Whose calls share one measure: those with the same value of it. */
export type LimitScope =
  | "all"
  | "key"
  | "user"
  | "team"
  | "endpoint"
  | "user-type"
  | "session"
  | "model"
  | `tag:${string}`;

/** Every limit policy that fits a call holds, not only the first. */
export type LimitPolicy = {
  readonly name: string;
  readonly lever: "limit";
  readonly match: PolicyMatch;
  readonly mode: PolicyMode;
  readonly per: LimitScope;
  readonly limits: LimitSettings;
};

export type Policy = CachePolicy | DeferPolicy;

/** What a call shows of itself to be matched. */
export type CallFacts = {
  readonly endpoint: string | null;
  readonly model: string | null;
  readonly key: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly session: string | null;
  readonly userType: string | null;
  readonly tags: Readonly<Record<string, string>>;
};
