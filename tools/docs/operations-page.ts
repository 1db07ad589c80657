import { z } from "zod";
import { isJsonObject, type JsonObject } from "../../src/base/index.ts";
import { routeOf } from "../../src/faces/http/index.ts";
import { describeInput, OPERATIONS, type Operation } from "../../src/operations/index.ts";
import { block, code, GENERATED, table } from "./markdown.ts";

export function operationsPage(): string {
  return `${[
    "# Operations",
    GENERATED,
    "What Purser can be asked to do. Each is defined once; the command line and the HTTP interface are " +
      "derived from it, so both take the same input and give the same answer. Keys that end in `usd` are " +
      "exact decimal texts of US dollars. Measured and estimated amounts stand under different keys.",
    table(
      ["Operation", "Command", "HTTP", "Effects"],
      OPERATIONS.map((operation) => [
        `[${operation.name}](#${operation.name})`,
        code(`purser ${operation.path.join(" ")}`),
        code(httpOf(operation)),
        operation.effects,
      ]),
    ),
    ...OPERATIONS.flatMap(section),
  ].join("\n\n")}\n`;
}

function httpOf(operation: Operation): string {
  if (operation.localOnly === true) return "none";
  const { method, path } = routeOf(operation);
  return `${method.toUpperCase()} ${path}`;
}

function section(operation: Operation): readonly string[] {
  const fields = describeInput(operation.input);
  const local = operation.localFields ?? [];
  const input = table(
    ["Field", "Takes", "Default", "Means"],
    fields.map((field) => [
      code(field.name),
      field.values?.join(", ") ?? field.kind,
      field.required
        ? "required"
        : field.standard === undefined
          ? ""
          : JSON.stringify(field.standard),
      field.description + (local.includes(field.name) ? " Command line only." : ""),
    ]),
  );
  const schema: unknown = z.toJSONSchema(operation.output);
  const output = table(["Key", "Is", "Means"], isJsonObject(schema) ? outputRows(schema, "") : []);
  return [
    `## ${operation.name}`,
    operation.summary,
    ...(fields.length === 0 ? ["It takes no input."] : [input]),
    "Examples of input:",
    block(
      operation.examples
        .map(({ says, input: given }) => `// ${says}\n${JSON.stringify(given)}`)
        .join("\n"),
      "jsonc",
    ),
    "The answer:",
    output,
  ];
}

/** Keys with their paths; `openapi.json` has the same as JSON Schema. */
function outputRows(schema: JsonObject, prefix: string): readonly (readonly string[])[] {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return Object.entries(properties).flatMap(([name, property]) => {
    const field = isJsonObject(property) ? property : {};
    const { inner, nullable } = withoutNull(field);
    const key = `${prefix}${name}`;
    const items = isJsonObject(inner.items) ? inner.items : null;
    const is = `${items === null ? kindOf(inner) : `list of ${kindOf(items)}`}${nullable ? " or null" : ""}`;
    const says = field.description ?? inner.description;
    const row = [code(key), is, typeof says === "string" ? says : ""];
    const nested = items === null ? outputRows(inner, `${key}.`) : outputRows(items, `${key}[].`);
    return [row, ...nested];
  });
}

function withoutNull(field: JsonObject): {
  readonly inner: JsonObject;
  readonly nullable: boolean;
} {
  const parts = Array.isArray(field.anyOf) ? field.anyOf.filter(isJsonObject) : [];
  const inner = parts.find((part) => part.type !== "null");
  return inner === undefined ? { inner: field, nullable: false } : { inner, nullable: true };
}

function kindOf(field: JsonObject): string {
  if (Array.isArray(field.enum)) return field.enum.map(String).join(", ");
  if (field.type === "string") return "text";
  return field.type === "integer" ? "number" : String(field.type ?? "any");
}
