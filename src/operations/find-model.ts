/** The model that an id names, or the nearest id in the error. */
import { closestWord, PurserError } from "../base/index.ts";
import type { Catalogue, ModelFacts } from "../domain/catalogue/index.ts";

/** Errors: `MODEL_UNKNOWN`, with the nearest known id. */
export function findModel(catalogue: Catalogue, id: string, where: string): ModelFacts {
  const resolution = catalogue.resolve(id);
  if (resolution.kind === "known") return resolution.facts;
  const known = catalogue.models().flatMap((facts) => [facts.id, ...facts.aliases]);
  const near = closestWord(id, known);
  throw new PurserError("MODEL_UNKNOWN", {
    what: `no model is known by the id "${id.slice(0, 100)}"`,
    where,
    ...(near === null ? {} : { mend: `Did you mean ${near}? Ids match exactly.` }),
  });
}
