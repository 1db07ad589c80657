/** Turns what Zod found into issues that say what is wrong and how to mend it. */
import { z } from "zod";
import { closestWord, type ErrorCode, isJsonObject } from "../base/index.ts";
import { authoredConfigSchema } from "./authored.ts";
import { type ConfigIssue, formatKeyPath, type KeyPath, type Position } from "./issue.ts";
import type { IssueParams } from "./values.ts";

/** Where a value came from, for the message. */
export type Place = { readonly source: string; readonly position: Position | null };
export type FindPlace = (path: KeyPath, part: "key" | "value") => Place;

type ZodIssue = z.core.$ZodIssue;

/** `schema` is what was asked of the value: its keys are offered for one that is unknown. */
export function explainZod(
  issues: readonly ZodIssue[],
  placeOf: FindPlace,
  schema: z.ZodType = authoredConfigSchema,
): readonly ConfigIssue[] {
  return issues
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownKey([...(issue.path as KeyPath), key], placeOf, schema))
        : [explainOne(issue, placeOf)],
    )
    .sort((left, right) => orderOf(left) - orderOf(right));
}

/** In the order of the file; what has no place in it comes last. */
function orderOf({ position }: ConfigIssue): number {
  return position === null ? Number.MAX_SAFE_INTEGER : position.line * 1e6 + position.column;
}

function explainOne(issue: ZodIssue, placeOf: FindPlace): ConfigIssue {
  const path = issue.path as KeyPath;
  const missing = issue.input === undefined && issue.code !== "custom";
  const { source, position } = placeOf(path, missing ? "key" : "value");
  const { code, what, mend } = missing ? missingKey(path) : describe(issue);
  return { code, source, position, key: formatKeyPath(path), what, mend };
}

type Explanation = { readonly code: ErrorCode; readonly what: string; readonly mend: string };

function missingKey(path: KeyPath): Explanation {
  const key = String(path.at(-1) ?? "");
  return {
    code: "CONFIG_INVALID_VALUE",
    what: `the key "${key}" is missing`,
    mend: `Add "${key}" here.`,
  };
}

function describe(issue: ZodIssue): Explanation {
  const shown = show(issue.input);
  switch (issue.code) {
    case "invalid_type":
      return {
        code: "CONFIG_WRONG_TYPE",
        what: `${shown} is ${kindOf(issue.input)}, but ${wanted(issue.expected)} belongs here`,
        mend: typeMend(issue.expected, issue.input),
      };
    case "too_small":
    case "too_big":
      return rangeExplanation(issue, shown);
    case "invalid_value":
      return {
        code: typeof issue.input === "string" ? "CONFIG_INVALID_VALUE" : "CONFIG_WRONG_TYPE",
        what: `${shown} is not one of the values that this key knows`,
        mend: valueMend(issue.values.map(String), issue.input),
      };
    case "custom": {
      const params = issue.params as IssueParams | undefined;
      return {
        code: params?.code ?? "CONFIG_INVALID_VALUE",
        what: issue.message,
        mend: params?.mend ?? "Write a value as docs/reference/configuration.md describes it.",
      };
    }
    default:
      return {
        code: "CONFIG_INVALID_VALUE",
        what: `${shown}: ${issue.message}`,
        mend: "Write a value as docs/reference/configuration.md describes it.",
      };
  }
}

function rangeExplanation(
  issue: Extract<ZodIssue, { code: "too_small" | "too_big" }>,
  shown: string,
): Explanation {
  const bound =
    issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  const unit =
    issue.origin === "array" ? " entries" : issue.origin === "string" ? " characters" : "";
  const what =
    issue.origin === "array"
      ? "the list has too many or too few entries"
      : `${shown} is out of range`;
  return { code: "CONFIG_OUT_OF_RANGE", what, mend: `Write ${bound}${unit}.` };
}

function unknownKey(path: KeyPath, placeOf: FindPlace, top: z.ZodType): ConfigIssue {
  const key = String(path.at(-1) ?? "");
  const known = keysAt(path.slice(0, -1), top);
  const near = closestWord(key, known);
  const { source, position } = placeOf(path, "key");
  return {
    code: "CONFIG_UNKNOWN_KEY",
    source,
    position,
    key: formatKeyPath(path),
    what: `unknown key "${key}"`,
    mend:
      secretMend(path) ??
      (near === null ? `Known here: ${known.join(", ")}.` : `Did you mean "${near}"?`),
  };
}

/** A token belongs in no file that is shared or committed, so its obvious key gets its own advice. */
function secretMend(path: KeyPath): string | null {
  return formatKeyPath(path) === "control.token"
    ? "A token does not belong in this file: set PURSER_CONTROL_TOKEN, or name a file in control.tokenFile."
    : null;
}

/** The keys that the schema knows at a path. */
function keysAt(path: KeyPath, top: z.ZodType): readonly string[] {
  let schema: unknown = top;
  for (const step of path) {
    const inner = unwrap(schema);
    if (inner instanceof z.ZodArray && typeof step === "number") schema = inner.element;
    else if (inner instanceof z.ZodObject) schema = inner.shape[String(step)];
    else return [];
  }
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap());
  return schema instanceof z.ZodPipe ? unwrap(schema.out) : schema;
}

function wanted(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: "a text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    object: "a section of keys",
    record: "a section of keys",
    array: "a list",
  };
  return names[expected] ?? expected;
}

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isJsonObject(value)) return "a section of keys";
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "true or false";
  return Number.isInteger(value) ? "a whole number" : "a number with a fraction";
}

function typeMend(expected: string, value: unknown): string {
  if (expected === "string" && typeof value === "number") {
    return `Write it with its unit, or in quotes: "${value}".`;
  }
  if (expected === "array") return "Write a list: one line for each entry, beginning with a dash.";
  return `Write ${wanted(expected)}.`;
}

function valueMend(values: readonly string[], given: unknown): string {
  const near = typeof given === "string" ? closestWord(given, values) : null;
  const hint = near === null ? "" : ` Did you mean "${near}"?`;
  return `Write one of: ${values.join(", ")}.${hint}`;
}

function show(value: unknown): string {
  if (typeof value === "string")
    return `"${value.length <= 60 ? value : `${value.slice(0, 60)}…`}"`;
  if (Array.isArray(value)) return "this list";
  if (value === null || value === undefined) return "an empty value";
  return typeof value === "object" ? "this section" : String(value);
}
