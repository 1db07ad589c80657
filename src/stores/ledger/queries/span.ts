/** The time of the first and the last exchange. */
import { type Instant, instant } from "../../../base/index.ts";
import type { Snapshot } from "../database/index.ts";

export function span(
  snapshot: Snapshot,
): { readonly first: Instant; readonly last: Instant } | null {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const part of snapshot.manifest.parts) {
    first = Math.min(first, part.firstMs);
    last = Math.max(last, part.lastMs);
  }
  for (const { state } of snapshot.live.all()) {
    first = Math.min(first, state.opened.at);
    last = Math.max(last, state.opened.at);
  }
  return first > last ? null : { first: instant(first), last: instant(last) };
}
