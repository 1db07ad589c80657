/** Which column of a table is which field of a call. */
import { readFileSync, statSync } from "node:fs";
import { parse } from "yaml";
import { closestWord, PurserError } from "../../../base/index.ts";

export const TABLE_FIELDS = [
  "at",
  "ended_at",
  "model",
  "message_id",
  "request_id",
  "record_id",
  "input_tokens",
  "prompt_tokens",
  "cache_write_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "cache_read_tokens",
  "output_tokens",
  "service_tier",
  "usd",
  "key",
  "user",
  "team",
  "endpoint",
  "session",
  "client",
] as const;
export type TableField = (typeof TABLE_FIELDS)[number] | `tag:${string}`;

/** Column by field. */
export type Mapping = ReadonlyMap<TableField, string>;

const FILE_BYTES_MAX = 1024 * 1024;

/**
 * `column=field` each, or the name of one YAML file. Without any, columns are taken by the fields' own
 * names. Errors: `IMPORT_MAPPING_INVALID`.
 */
export function readMapping(texts: readonly string[]): Mapping {
  const [first] = texts;
  const isFile = texts.length === 1 && first !== undefined && /\.ya?ml$/i.test(first);
  const pairs = isFile ? pairsOfFile(first) : texts.map(pairOf);
  const mapping = new Map<TableField, string>();
  for (const [column, field] of pairs) {
    if (!isField(field)) throw unknownField(field);
    const before = mapping.get(field);
    if (before !== undefined) throw invalid(`"${before}" and "${column}" are both ${field}`);
    mapping.set(field, column);
  }
  if (mapping.size === 0) for (const field of TABLE_FIELDS) mapping.set(field, field);
  else checkNeeded(mapping);
  return mapping;
}

function checkNeeded(mapping: Mapping): void {
  for (const field of ["at", "model", "output_tokens"] as const) {
    if (!mapping.has(field)) throw invalid(`no column is ${field}`);
  }
  const hasInput = mapping.has("input_tokens") || mapping.has("prompt_tokens");
  if (!hasInput) throw invalid("no column is input_tokens, nor prompt_tokens with the cached ones");
  if (mapping.has("input_tokens") && mapping.has("prompt_tokens")) {
    throw invalid("input_tokens (without the cached ones) or prompt_tokens (with them), not both");
  }
}

function pairOf(text: string): readonly [string, string] {
  const equals = text.lastIndexOf("=");
  if (equals <= 0) throw invalid(`"${text.slice(0, 60)}" is not column=field`);
  return [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
}

function pairsOfFile(path: string): readonly (readonly [string, string])[] {
  let value: unknown;
  try {
    if (statSync(path).size > FILE_BYTES_MAX) throw new Error("it is too large");
    value = parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw invalid(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(`${path} is not a list of column: field`);
  }
  return Object.entries(value).map(([column, field]) => [column, String(field)] as const);
}

function isField(text: string): text is TableField {
  return (TABLE_FIELDS as readonly string[]).includes(text) || /^tag:[\w.-]{1,64}$/.test(text);
}

function unknownField(field: string): PurserError {
  const near = closestWord(field, TABLE_FIELDS);
  const mend = `Known: ${TABLE_FIELDS.join(", ")}, tag:NAME.`;
  return new PurserError("IMPORT_MAPPING_INVALID", {
    what: `there is no field "${field.slice(0, 60)}"`,
    where: "map",
    mend: near === null ? mend : `Did you mean ${near}? ${mend}`,
  });
}

function invalid(what: string): PurserError {
  return new PurserError("IMPORT_MAPPING_INVALID", { what, where: "map" });
}
