/** One page of a list, as the API pages: `limit`, `after_id`, `before_id`. */
import type { JsonObject } from "../../base/index.ts";
import { type ApiFailure, invalidRequest } from "../faults/index.ts";

const PAGE_DEFAULT = 20;
const PAGE_MAX = 1_000;

/** `rows` in the order of the list; `after_id` goes on behind a row, `before_id` back before it. */
export function pageOf<Row extends { readonly id: string }>(
  rows: readonly Row[],
  query: URLSearchParams,
  show: (row: Row) => JsonObject,
): JsonObject | ApiFailure {
  const limit = Number(query.get("limit") ?? PAGE_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX) {
    return invalidRequest(`limit: Input should be between 1 and ${PAGE_MAX}`);
  }
  const { shown, hasMore } = slice(rows, query, limit);
  return {
    data: shown.map(show),
    has_more: hasMore,
    first_id: shown[0]?.id ?? null,
    last_id: shown.at(-1)?.id ?? null,
  };
}

function slice<Row extends { readonly id: string }>(
  rows: readonly Row[],
  query: URLSearchParams,
  limit: number,
): { readonly shown: readonly Row[]; readonly hasMore: boolean } {
  const index = (name: string) => rows.findIndex((row) => row.id === query.get(name));
  const before = index("before_id");
  if (before >= 0) {
    const start = Math.max(0, before - limit);
    return { shown: rows.slice(start, before), hasMore: start > 0 };
  }
  const start = index("after_id") + 1;
  return { shown: rows.slice(start, start + limit), hasMore: start + limit < rows.length };
}
