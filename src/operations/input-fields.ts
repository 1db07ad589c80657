/**
 * An operation's input as a list of fields, and the way from texts (flags of a command line, a query
 * string) to that input. Every face that speaks in texts uses it, so that all read alike.
 */
import { z } from "zod";
import { closestWord, isJsonObject, type JsonObject, PurserError } from "../base/index.ts";
import type { Operation } from "./operation.ts";

export type InputField = {
  /** As in the input: camelCase. */
  readonly name: string;
  /** As in a flag or a query: kebab-case. */
  readonly text: string;
  readonly kind: "text" | "number" | "boolean" | "list";
  /** Whether commas part the entries of a list. Not where an entry may hold one itself. */
  readonly commas: boolean;
  readonly values: readonly string[] | null;
  readonly required: boolean;
  readonly standard: unknown;
  readonly description: string;
};

export function describeInput(schema: z.ZodObject): readonly InputField[] {
  const json: unknown = z.toJSONSchema(schema, { io: "input" });
  if (!isJsonObject(json) || !isJsonObject(json.properties)) return [];
  const required = Array.isArray(json.required) ? json.required : [];
  return Object.entries(json.properties).map(([name, property]) => {
    const field = isJsonObject(property) ? property : {};
    return {
      name,
      text: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      kind: kindOf(field),
      commas: schema.shape[name]?.meta()?.commas !== false,
      values: valuesOf(field),
      required: required.includes(name),
      standard: field.default,
      description: typeof field.description === "string" ? field.description : "",
    };
  });
}

/** Several texts for one field are a list; most lists may also be written with commas. */
export type FieldTexts = Readonly<Record<string, readonly string[]>>;

/** Texts by field name to the value that `operation.input` checks. */
export function readTexts(
  fields: readonly InputField[],
  texts: FieldTexts,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of fields) {
    const given = texts[field.name];
    const [first] = given ?? [];
    if (given === undefined || first === undefined) continue;
    input[field.name] = convert(field, given, first);
  }
  return input;
}

/** Checks an input. Errors: `OPERATION_INPUT_INVALID`, with each wrong field in `data.issues`. */
export function checkInput<Input extends z.ZodObject>(
  operation: Operation<Input>,
  input: unknown,
): z.output<Input> {
  const checked = operation.input.safeParse(input);
  if (checked.success) return checked.data;
  const known = describeInput(operation.input).map((field) => field.name);
  const issues = checked.error.issues.map((issue) => ({
    field: issue.path.join("."),
    message: issue.message,
  }));
  const [first] = checked.error.issues;
  const unknown = first?.code === "unrecognized_keys" ? first.keys[0] : undefined;
  const near = unknown === undefined ? null : closestWord(unknown, known);
  throw new PurserError("OPERATION_INPUT_INVALID", {
    what: unknown === undefined ? (first?.message ?? "wrong input") : `unknown field "${unknown}"`,
    where: `${operation.name} ${first?.path.join(".") ?? ""}`.trim(),
    ...(near === null ? {} : { mend: `Did you mean "${near}"?` }),
    data: { issues },
  });
}

function convert(field: InputField, given: readonly string[], first: string): unknown {
  switch (field.kind) {
    case "number":
      return /^-?\d+(\.\d+)?$/.test(first) ? Number(first) : first;
    case "boolean":
      return first === "" || first === "true" ? true : first === "false" ? false : first;
    case "list":
      return given
        .flatMap((text) => (field.commas ? text.split(",") : [text]))
        .map((text) => text.trim());
    case "text":
      return first;
  }
}

function kindOf(field: JsonObject): InputField["kind"] {
  if (field.type === "array") return "list";
  if (field.type === "integer" || field.type === "number") return "number";
  return field.type === "boolean" ? "boolean" : "text";
}

function valuesOf(field: JsonObject): readonly string[] | null {
  const from = isJsonObject(field.items) ? field.items : field;
  return Array.isArray(from.enum) ? from.enum.map(String) : null;
}
