/** A tool input that fits its schema's outline: the required properties, of the right JSON type. */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Random,
  randomInteger,
} from "../../base/index.ts";
import { madeUpText } from "./made-up-text.ts";

/** Nesting that is followed into a schema. */
const DEPTH_MAX = 4;

export function madeUpInput(random: Random, schema: JsonValue | undefined): JsonObject {
  const value = madeUp(random, isJsonObject(schema) ? schema : {}, 0);
  return isJsonObject(value) ? value : {};
}

function madeUp(random: Random, schema: JsonObject, depth: number): JsonValue {
  if (Array.isArray(schema.enum) && schema.enum.length > 0) {
    return schema.enum[randomInteger(random, 0, schema.enum.length - 1)] ?? null;
  }
  switch (schema.type) {
    case "string":
      return madeUpText(random, randomInteger(random, 2, 6), "newer");
    case "integer":
      return randomInteger(random, 1, 100);
    case "number":
      return randomInteger(random, 1, 1_000) / 10;
    case "boolean":
      return random.next() < 0.5;
    case "array":
      return depth < DEPTH_MAX && isJsonObject(schema.items)
        ? [madeUp(random, schema.items, depth + 1)]
        : [];
    default:
      return madeUpObject(random, schema, depth);
  }
}

function madeUpObject(random: Random, schema: JsonObject, depth: number): JsonObject {
  if (!isJsonObject(schema.properties) || depth >= DEPTH_MAX) return {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const entries = Object.entries(schema.properties).filter(([name]) => required.includes(name));
  return Object.fromEntries(
    entries.map(([name, inner]) => [
      name,
      madeUp(random, isJsonObject(inner) ? inner : {}, depth + 1),
    ]),
  );
}
