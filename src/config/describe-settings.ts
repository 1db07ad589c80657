/** Every setting as data, for the reference page. */
import { z } from "zod";
import { isJsonObject, type JsonObject } from "../base/index.ts";
import { authoredConfigSchema } from "./authored.ts";
import { DEFAULTS } from "./defaults.ts";
import { SETTINGS } from "./settings.ts";

export type SettingDescription = {
  /** `gateway.port`; a list's entries as `models[].id`. */
  readonly key: string;
  readonly says: string;
  /** What may be written: `duration, 1s to 1h`, `cancel or drain`, `number`. */
  readonly takes: string;
  readonly standard: string | null;
  readonly variable: string | null;
  readonly flag: string | null;
};

export function describeSettings(): readonly SettingDescription[] {
  const schema: unknown = z.toJSONSchema(authoredConfigSchema, { io: "input" });
  return isJsonObject(schema) ? walk(schema, "") : [];
}

function walk(schema: JsonObject, prefix: string): readonly SettingDescription[] {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return Object.entries(properties).flatMap(([name, property]) => {
    const field = isJsonObject(property) ? property : {};
    const key = prefix === "" ? name : `${prefix}.${name}`;
    const inside = isJsonObject(field.items) ? walk(field.items, `${key}[]`) : walk(field, key);
    return [describeOne(field, key), ...inside];
  });
}

function describeOne(field: JsonObject, key: string): SettingDescription {
  const setting = SETTINGS.find(({ path }) => path.join(".") === key);
  return {
    key,
    says: typeof field.description === "string" ? field.description : "",
    takes: takesOf(field),
    standard: standardOf(key),
    variable: setting?.variable ?? null,
    flag: setting?.flag ?? null,
  };
}

function takesOf(field: JsonObject): string {
  if (Array.isArray(field.enum)) return field.enum.map(String).join(" or ");
  const range = typeof field.range === "string" ? `, ${field.range}` : "";
  if (typeof field.kind === "string") return `${field.kind}${range}`;
  if (field.type === "integer")
    return `number, ${String(field.minimum)} to ${String(field.maximum)}`;
  if (field.type === "array") return "list";
  if (field.type === "object") return "section";
  return field.type === "boolean" ? "true or false" : "text";
}

function standardOf(key: string): string | null {
  const value = key
    .split(".")
    .reduce<unknown>((from, step) => (isJsonObject(from) ? from[step] : undefined), DEFAULTS);
  if (value === undefined || isJsonObject(value)) return null;
  return Array.isArray(value) ? "none" : String(value);
}
