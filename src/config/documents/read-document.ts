/**
 * A YAML text of its own (a design, a policy file) read like `purser.yaml`: every mistake at its line and
 * key, unknown keys refused with the nearest known one.
 */
import type { z } from "zod";
import type { ErrorCode } from "../../base/index.ts";
import { explainZod, type FindPlace } from "../explain-zod.ts";
import { type ConfigIssue, configError, formatKeyPath, type KeyPath } from "../issue.ts";
import { readYaml, withoutEmptySections } from "../read-yaml.ts";

export type AuthoredDocument<Value> = {
  readonly value: Value;
  /** `design.yaml:3:5 (workloads[0].turns)`: where a key stands, or its nearest parent. */
  readonly placeOf: (path: KeyPath) => string;
};

export type DocumentQuestion<Schema extends z.ZodType> = {
  /** How the text is called in messages: the file's name. */
  readonly name: string;
  readonly text: string;
  readonly schema: Schema;
  /** For what is not well-formed YAML, and for what is and does not fit. */
  /** What a schema cannot say. */
  readonly check?: (value: z.output<Schema>, placeOf: FindPlace) => readonly ConfigIssue[];
  readonly codes: { readonly unreadable: ErrorCode; readonly invalid: ErrorCode };
};

/** Errors: the question's own codes; all issues are in `data.issues`. */
export function readDocument<Schema extends z.ZodType>({
  name,
  text,
  schema,
  check,
  codes,
}: DocumentQuestion<Schema>): AuthoredDocument<z.output<Schema>> {
  const yaml = readYaml(name, text);
  if (!("value" in yaml)) throw failWith(yaml, codes.unreadable);
  const place: FindPlace = (path, part) => {
    const position = yaml.locate(path, part);
    return { source: `${name}:${position.line}:${position.column}`, position };
  };
  const checked = schema.safeParse(withoutEmptySections(yaml.value), { reportInput: true });
  if (!checked.success)
    throw failWith(explainZod(checked.error.issues, place, schema), codes.invalid);
  const found = check?.(checked.data, place) ?? [];
  if (found.length > 0) throw failWith(found, codes.invalid);
  return {
    value: checked.data,
    placeOf: (path) => `${place(path, "value").source} (${formatKeyPath(path)})`,
  };
}

function failWith(issues: readonly ConfigIssue[], code: ErrorCode): Error {
  const [first, ...rest] = issues.map((issue) => ({ ...issue, code, mend: mendOf(issue) }));
  if (first === undefined) throw new Error("a failed check names no issue");
  return configError([first, ...rest]);
}

/** The advice of `purser.yaml` names its own page. */
function mendOf({ mend }: ConfigIssue): string {
  return mend.replace(
    "docs/reference/configuration.md describes it",
    "the documentation describes it",
  );
}
