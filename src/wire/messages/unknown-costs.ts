/** Finds what a usage object reports that we have no price for, so that it is never left out. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../base/index.ts";

/** Fields that are read, or known to cost nothing by themselves. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "input_tokens",
  "output_tokens",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
  "service_tier",
  "speed",
  "inference_geo",
  "iterations",
  "type",
  "model",
]);

/** Known objects, and which of their fields are known. Anything else inside them may cost money. */
const KNOWN_OBJECTS: Readonly<Record<string, ReadonlySet<string>>> = {
  cache_creation: new Set(["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"]),
  server_tool_use: new Set(["web_search_requests", "web_fetch_requests"]),
};

/** What gateways and resellers add: sums and prices of their own, which are no quantity used. */
const ADDED_BY_RESELLERS: ReadonlySet<string> = new Set(["is_byok", "total_tokens"]);
const RECKONING = /(?:^|_)costs?(?:_|$)/;

/** Words with which a new field says that nothing special happened. */
const NEUTRAL_WORDS: ReadonlySet<string> = new Set([
  "",
  "default",
  "global",
  "none",
  "not_available",
  "standard",
]);

/** Adds the path of every unknown field with a value that could cost money. */
export function unknownCosts(value: JsonObject, path: string, found: string[]): void {
  for (const key in value) {
    if (KNOWN_FIELDS.has(key) || isAside(key)) continue;
    const inner = value[key];
    const known = KNOWN_OBJECTS[key];
    if (known === undefined) costly(inner, `${path}.${key}`, found);
    else if (isJsonObject(inner)) {
      for (const name in inner) {
        if (!known.has(name)) costly(inner[name], `${path}.${key}.${name}`, found);
      }
    }
  }
}

/** `output_tokens_details` and its like break down a count that is already billed whole. */
function isAside(key: string): boolean {
  return ADDED_BY_RESELLERS.has(key) || RECKONING.test(key) || key.endsWith("_tokens_details");
}

function costly(value: JsonValue | undefined, path: string, found: string[]): void {
  if (typeof value === "string" ? !NEUTRAL_WORDS.has(value) : isSomething(value)) found.push(path);
}

function isSomething(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0) return false;
  if (typeof value !== "object") return value !== "" && !NEUTRAL_WORDS.has(String(value));
  return Object.entries(value).some(([key, inner]) => !isAside(key) && isSomething(inner));
}
