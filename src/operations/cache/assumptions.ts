/** What the provider's documentation leaves open, as texts that a user can set. */
import { closestWord, PurserError } from "../../base/index.ts";
import { type CacheAssumptions, DEFAULT_ASSUMPTIONS } from "../../domain/prompt-cache/index.ts";

export type ReplayAssumptions = {
  readonly cache: CacheAssumptions;
  /** In place of the model's own shortest prefix; `null` keeps that. */
  readonly minimumTokens: number | null;
};

const SWITCHES = {
  "upgrades-lifetime": "upgradesLifetime",
  "writes-below-hit": "writesBelowHit",
  "long-marker-carries-prefix": "longMarkerCarriesPrefix",
  "cancelled-leaves-entry": "cancelledLeavesEntry",
} as const satisfies Record<string, keyof CacheAssumptions>;
const REFRESHES = ["marked", "longest", "whole-prefix"] as const;
const NAMES = ["refreshes", ...Object.keys(SWITCHES), "minimum-tokens"];
const TOKENS_MAX = 1_000_000;

/** For help: every name with its values. */
export const ASSUMPTIONS_HELP = `refreshes=${REFRESHES.join("|")}, ${Object.keys(SWITCHES)
  .map((name) => `${name}=true|false`)
  .join(", ")}, minimum-tokens=N`;

/** `["refreshes=longest"]` to assumptions. Errors: `CACHE_ASSUMPTION_UNKNOWN`. */
export function readAssumptions(texts: readonly string[]): ReplayAssumptions {
  let assumptions: ReplayAssumptions = { cache: DEFAULT_ASSUMPTIONS, minimumTokens: null };
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = equals === -1 ? text : text.slice(0, equals);
    assumptions = withAssumption(assumptions, name.trim(), text.slice(name.length + 1).trim());
  }
  return assumptions;
}

function withAssumption(
  assumptions: ReplayAssumptions,
  name: string,
  value: string,
): ReplayAssumptions {
  const field = Object.entries(SWITCHES).find(([known]) => known === name)?.[1];
  if (field !== undefined) {
    if (value !== "true" && value !== "false") throw wrongValue(name, value, "true, false");
    return { ...assumptions, cache: { ...assumptions.cache, [field]: value === "true" } };
  }
  if (name === "refreshes") {
    const refreshes = REFRESHES.find((known) => known === value);
    if (refreshes === undefined) throw wrongValue(name, value, REFRESHES.join(", "));
    return { ...assumptions, cache: { ...assumptions.cache, refreshes } };
  }
  if (name !== "minimum-tokens") throw unknownName(name);
  const minimumTokens = /^\d{1,7}$/.test(value) ? Number(value) : Number.NaN;
  if (!(minimumTokens <= TOKENS_MAX)) throw wrongValue(name, value, `0 to ${TOKENS_MAX}`);
  return { ...assumptions, minimumTokens };
}

/** The assumptions in force, under the names by which they are set. */
export function assumptionsAsTexts({
  cache,
  minimumTokens,
}: ReplayAssumptions): Record<string, string> {
  const switches = Object.entries(SWITCHES).map(([name, field]) => [name, String(cache[field])]);
  return {
    refreshes: cache.refreshes,
    ...Object.fromEntries(switches),
    "minimum-tokens": minimumTokens === null ? "by model" : String(minimumTokens),
  };
}

function unknownName(name: string): PurserError {
  const near = closestWord(name, NAMES);
  return new PurserError("CACHE_ASSUMPTION_UNKNOWN", {
    what: `there is no assumption "${name.slice(0, 60)}"`,
    where: "assume",
    mend: `Known: ${ASSUMPTIONS_HELP}.${near === null ? "" : ` Did you mean ${near}?`}`,
  });
}

function wrongValue(name: string, value: string, known: string): PurserError {
  return new PurserError("CACHE_ASSUMPTION_UNKNOWN", {
    what: `${name} is never "${value.slice(0, 60)}"`,
    where: "assume",
    mend: `Its values: ${known}.`,
  });
}
