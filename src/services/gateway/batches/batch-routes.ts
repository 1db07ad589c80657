/** Which calls of the Message Batches API the meter looks at ("message batches: endpoints"). */
export type BatchRoute =
  | { readonly kind: "create" }
  | { readonly kind: "results"; readonly batch: string }
  /** Get, list and cancel: their answers name where the results are. */
  | { readonly kind: "shown" };

const ROOT = /^\/v1\/messages\/batches(?:\/([^/]+)(?:\/(results|cancel))?)?\/?$/i;

/** `path` is in plain form, without a query; `null` is a call that needs no look. */
export function batchRouteOf(method: string, path: string): BatchRoute | null {
  const found = ROOT.exec(path);
  if (found === null) return null;
  const [, batch, verb] = found;
  if (method === "POST" && batch === undefined) return { kind: "create" };
  if (method === "GET" && batch !== undefined && verb?.toLowerCase() === "results") {
    return { kind: "results", batch };
  }
  const isShown = method === "GET" ? verb === undefined : method === "POST" && verb === "cancel";
  return isShown ? { kind: "shown" } : null;
}
