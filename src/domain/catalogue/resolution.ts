/**
 * Which model an id names. Every rule takes away a decoration that a seller is known to add (a
 * region, a version suffix, an `@date`) and then asks for an exact id or alias: nothing is matched
 * by its beginning, so a new sibling stays unknown.
 */
import type { ModelFacts } from "./model-facts.ts";

/** Who spells a model this way. Only `anthropic` is sure to charge the list price. */
export type Seller = "anthropic" | "bedrock" | "google" | "reseller";

export type Resolution =
  | {
      readonly kind: "known";
      readonly facts: ModelFacts;
      readonly seller: Seller;
      /** Whether the id was an alias or a partner's spelling, not the model's own id. */
      readonly exact: boolean;
    }
  | { readonly kind: "unknown"; readonly id: string; readonly message: string };

export type ModelIndex = {
  readonly byId: ReadonlyMap<string, ModelFacts>;
  readonly byAlias: ReadonlyMap<string, ModelFacts>;
  readonly byPartnerId: ReadonlyMap<string, ModelFacts>;
  readonly byResellerName: ReadonlyMap<string, ModelFacts>;
};

const ID_LENGTH_MAX = 300;
/** `arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.…` */
const BEDROCK_ARN = /^arn:aws[a-z-]*:bedrock:[^/]*\/(.+)$/;
const BEDROCK_REGION = /^(?:global|us-gov|us|eu|apac|jp|au|ca)\.(?=anthropic\.)/;
const BEDROCK_VERSION = /-v\d+(?::\d+)?(?::\d+k)?$/;
const GOOGLE_PATH = /^(?:.*\/)?publishers\/anthropic\/models\//;
const GOOGLE_ID = /^(claude-[a-z0-9-]+?)(?:-v2)?@(\d{8}|default)$/;
/** Claude Code's own mark for the long context window; it is not sent to the API. */
const CLIENT_WINDOW_MARK = /\[1m\]$/;
const RESELLER_VARIANT = /:(?:thinking|beta)$/;

export function indexModels(models: readonly ModelFacts[]): ModelIndex {
  const byId = new Map(models.map((facts) => [facts.id as string, facts]));
  const byAlias = new Map<string, ModelFacts>();
  const byPartnerId = new Map<string, ModelFacts>();
  const byResellerName = new Map<string, ModelFacts>();
  for (const facts of models) {
    for (const alias of facts.aliases) addFirst(byAlias, alias, facts);
    for (const id of facts.partnerIds) addFirst(byPartnerId, id, facts);
    for (const name of resellerNames(facts)) addFirst(byResellerName, name, facts);
  }
  return { byId, byAlias, byPartnerId, byResellerName };
}

export function resolveModel(index: ModelIndex, id: string): Resolution {
  const own = index.byId.get(id);
  if (own !== undefined) return { kind: "known", facts: own, seller: "anthropic", exact: true };
  const alias = ownOrAlias(index, id.replace(CLIENT_WINDOW_MARK, ""));
  if (alias !== undefined) return known(alias, "anthropic");
  if (id.length > ID_LENGTH_MAX) return unknown(id.slice(0, ID_LENGTH_MAX));
  return fromBedrock(index, id) ?? fromGoogle(index, id) ?? fromReseller(index, id) ?? unknown(id);
}

/** The one id of a model that has several names; a name that is not known stands for itself. */
export function canonicalModel(
  catalogue: { readonly resolve: (id: string) => Resolution },
  model: string,
): string {
  const resolution = catalogue.resolve(model);
  return resolution.kind === "known" ? resolution.facts.id : model;
}

function fromBedrock(index: ModelIndex, id: string): Resolution | null {
  const name = (BEDROCK_ARN.exec(id)?.[1] ?? id).replace(BEDROCK_REGION, "");
  const listed = index.byPartnerId.get(name);
  if (listed !== undefined) return known(listed, "bedrock");
  if (!name.startsWith("anthropic.")) return null;
  const facts = ownOrAlias(index, name.slice("anthropic.".length).replace(BEDROCK_VERSION, ""));
  return facts === undefined ? null : known(facts, "bedrock");
}

function fromGoogle(index: ModelIndex, id: string): Resolution | null {
  const match = GOOGLE_ID.exec(id.replace(GOOGLE_PATH, ""));
  if (match === null) return GOOGLE_PATH.test(id) ? plainGoogle(index, id) : null;
  const name = match[2] === "default" ? match[1] : `${match[1]}-${match[2]}`;
  const facts = ownOrAlias(index, name ?? "");
  return facts === undefined ? null : known(facts, "google");
}

function plainGoogle(index: ModelIndex, id: string): Resolution | null {
  const facts = ownOrAlias(index, id.replace(GOOGLE_PATH, ""));
  return facts === undefined ? null : known(facts, "google");
}

function fromReseller(index: ModelIndex, id: string): Resolution | null {
  if (!id.startsWith("anthropic/")) return null;
  const name = id.slice("anthropic/".length).replace(RESELLER_VARIANT, "");
  const facts = ownOrAlias(index, name) ?? index.byResellerName.get(name);
  return facts === undefined ? null : known(facts, "reseller");
}

/**
 * The spellings that resellers make from family, version and date: `claude-haiku-4.5`,
 * `claude-4.5-haiku-20251001`, `claude-3-5-sonnet`. Listed models come newest first, and the first
 * to claim a spelling without a date keeps it.
 */
function resellerNames(facts: ModelFacts): readonly string[] {
  const parts = partsOfName(facts);
  if (parts === null) return [];
  const { family, version, date } = parts;
  const dotted = version.replace("-", ".");
  const stems = [version, dotted].flatMap((text) => [
    `claude-${family}-${text}`,
    `claude-${text}-${family}`,
  ]);
  return date === null ? stems : [...stems, ...stems.map((stem) => `${stem}-${date}`)];
}

function partsOfName(facts: ModelFacts) {
  const match =
    /^claude-(?:([a-z]+)-(\d+(?:-\d{1,2})?)|(\d+(?:-\d{1,2})?)-([a-z]+))(?:-(\d{8}))?$/.exec(
      facts.id,
    );
  const family = match?.[1] ?? match?.[4];
  const version = match?.[2] ?? match?.[3];
  if (family === undefined || version === undefined) return null;
  const date = match?.[5] ?? facts.released?.replaceAll("-", "") ?? null;
  return { family, version, date };
}

function ownOrAlias(index: ModelIndex, id: string): ModelFacts | undefined {
  return index.byId.get(id) ?? index.byAlias.get(id);
}

function known(facts: ModelFacts, seller: Seller): Resolution {
  return { kind: "known", facts, seller, exact: false };
}

function unknown(id: string): Resolution {
  return { kind: "unknown", id, message: `no model is known by the id "${id}"` };
}

function addFirst(map: Map<string, ModelFacts>, key: string, facts: ModelFacts): void {
  if (!map.has(key)) map.set(key, facts);
}
