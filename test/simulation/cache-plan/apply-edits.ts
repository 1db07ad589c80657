/** What the edits of a plan make of a request: written apart from the product's own. */
export type Edit = { readonly op: string; readonly path: string; readonly value?: unknown };

/** RFC 6902 as far as plans use it, written apart from the product's own. */
export function applyEdits(request: object, edits: readonly Edit[]): Record<string, unknown> {
  // Through JSON, so that an object that stands twice is two.
  const root = JSON.parse(JSON.stringify(request)) as Record<string, unknown>;
  for (const { op, path, value } of edits) {
    const steps = path.slice(1).split("/");
    const last = steps.pop() ?? "";
    const owner = steps.reduce<Record<string, unknown>>(
      (at, step) => at[step] as Record<string, unknown>,
      root,
    );
    if (Array.isArray(owner) && op === "add")
      owner.splice(last === "-" ? owner.length : Number(last), 0, value);
    else if (Array.isArray(owner) && op === "remove") owner.splice(Number(last), 1);
    else if (op === "remove") delete owner[last];
    else owner[last] = structuredClone(value);
  }
  return root;
}
