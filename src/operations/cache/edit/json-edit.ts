/** Edits of a JSON value as RFC 6902 operations, and their application. */
import { assert, isJsonObject, type JsonObject, type JsonValue } from "../../../base/index.ts";

export type JsonEdit =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: JsonValue }
  | { readonly op: "remove"; readonly path: string };

/** A JSON pointer of these steps (RFC 6901). */
export function pointerTo(steps: readonly (string | number)[]): string {
  return steps
    .map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

/** A copy of `value` with the edits applied in order. The edits must fit. */
export function applyEdits(value: JsonObject, edits: readonly JsonEdit[]): JsonObject {
  const copy: unknown = structuredClone(value);
  assert(isJsonObject(copy), "a copy of an object is an object");
  // What an edit brings is copied, so that a later edit inside it leaves the earlier one as it was.
  for (const edit of structuredClone(edits)) applyEdit(copy, edit);
  return copy;
}

function applyEdit(root: JsonObject, edit: JsonEdit): void {
  const steps = edit.path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop();
  assert(last !== undefined, "an edit names a place inside the value");
  let at: unknown = root;
  for (const step of steps) at = childOf(at, step);
  if (Array.isArray(at)) applyToList(at, last, edit);
  else applyToObject(at, last, edit);
}

function childOf(value: unknown, step: string): unknown {
  const child: unknown = Array.isArray(value)
    ? value[Number(step)]
    : isJsonObject(value)
      ? value[step]
      : undefined;
  assert(child !== undefined, `an edit names a place that is not there: ${step}`);
  return child;
}

function applyToList(list: unknown[], step: string, edit: JsonEdit): void {
  const index = step === "-" ? list.length : Number(step);
  if (edit.op === "add") list.splice(index, 0, edit.value);
  else if (edit.op === "remove") list.splice(index, 1);
  else list[index] = edit.value;
}

function applyToObject(value: unknown, name: string, edit: JsonEdit): void {
  assert(isJsonObject(value), "an edit names a place in an object or a list");
  const writable = value as { [key: string]: JsonValue };
  if (edit.op === "remove") delete writable[name];
  else writable[name] = edit.value;
}
