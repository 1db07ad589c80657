/** What a report is asked for: the window, the width of its buckets, what to group by, which page. */
import { createHash } from "node:crypto";
import { type ApiFailure, invalidRequest } from "../faults/index.ts";

export const WIDTHS_MS = { "1m": 60_000, "1h": 3_600_000, "1d": 86_400_000 } as const;
export type BucketWidth = keyof typeof WIDTHS_MS;

export type ReportWindow = { readonly startMs: number; readonly endMs: number };

export function listParam(query: URLSearchParams, name: string): readonly string[] {
  return [...query.getAll(`${name}[]`), ...query.getAll(name)].flatMap((text) => text.split(","));
}

export function timeParam(query: URLSearchParams, name: string): number | null | ApiFailure {
  const text = query.get(name);
  if (text === null) return null;
  const timeMs = Date.parse(text);
  const isZoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text);
  return Number.isNaN(timeMs) || !isZoned
    ? invalidRequest(`${name}: Input should be a valid RFC 3339 datetime`)
    : timeMs;
}

export function widthParam(query: URLSearchParams, name: string): BucketWidth | null | ApiFailure {
  const text = query.get(name);
  if (text === null) return null;
  const width = (Object.keys(WIDTHS_MS) as BucketWidth[]).find((known) => known === text);
  return width ?? invalidRequest(`${name}: Input should be '1d', '1h' or '1m'`);
}

export function groupParam(
  query: URLSearchParams,
  known: readonly string[],
  max: number,
): readonly string[] | ApiFailure {
  const groups = listParam(query, "group_by");
  const wrong = groups.find((group) => !known.includes(group));
  if (wrong !== undefined) return invalidRequest(`group_by: "${wrong.slice(0, 40)}" is not known`);
  return groups.length > max ? invalidRequest(`group_by: at most ${max} dimensions`) : groups;
}

export function limitParam(
  query: URLSearchParams,
  bounds: { readonly standard: number; readonly max: number },
): number | ApiFailure {
  const limit = Number(query.get("limit") ?? bounds.standard);
  const fits = Number.isInteger(limit) && limit >= 1 && limit <= bounds.max;
  return fits ? limit : invalidRequest(`limit: Input should be between 1 and ${bounds.max}`);
}

/** Where a page begins, and up to when the data went when the first page was asked for. */
export type Cursor = { readonly offset: number; readonly edgeMs: number };

const CURSOR_AGE_MS_MAX = 3_600_000;

export function writeCursor(cursor: Cursor, url: URL): string {
  return Buffer.from(JSON.stringify([cursor.offset, cursor.edgeMs, questionOf(url)])).toString(
    "base64url",
  );
}

/** 410 for a cursor that is too old: begin again. */
export function readCursor(url: URL, edgeMs: number): Cursor | ApiFailure {
  const page = url.searchParams.get("page");
  if (page === null) return { offset: 0, edgeMs };
  try {
    const read = JSON.parse(Buffer.from(page, "base64url").toString("utf8"));
    const [offset, edge, question] = Array.isArray(read) ? read : [];
    if (question === questionOf(url) && Number.isSafeInteger(offset) && typeof edge === "number") {
      if (edgeMs - edge <= CURSOR_AGE_MS_MAX) return { offset, edgeMs: edge };
      const message = "page: this page token has expired; start again from the first page";
      return { status: 410, type: "invalid_request_error", message };
    }
  } catch {
    // Not a cursor of ours: the same as one of another question.
  }
  return invalidRequest("page: Invalid page token");
}

function questionOf(url: URL): string {
  const query = [...url.searchParams].filter(([name]) => name !== "page").sort();
  const text = JSON.stringify([url.pathname, query]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

export function isFailure(value: unknown): value is ApiFailure {
  return typeof value === "object" && value !== null && "status" in value;
}

export function isoText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}
