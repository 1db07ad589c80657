/** `/v1/organizations/analytics/usage` and `/analytics/cost`: a row for each bucket and group. */
import type { JsonObject } from "../../base/index.ts";
import { type ApiFailure, invalidRequest } from "../faults/index.ts";
import {
  amountOf,
  centsText,
  type EntryGroup,
  type ReportEntry,
  TOKEN_ITEMS,
  TOKEN_TYPES,
  usageOf,
  wireUsageOf,
} from "./report-entries.ts";
import {
  type BucketWidth,
  type Cursor,
  groupParam,
  isFailure,
  isoText,
  limitParam,
  type ReportWindow,
  readCursor,
  timeParam,
  WIDTHS_MS,
  widthParam,
  writeCursor,
} from "./report-query.ts";

const EARLIEST_MS = Date.parse("2026-01-01T00:00:00Z");
const DAY_MS = WIDTHS_MS["1d"];
const BACK_MS_MAX = 365 * DAY_MS;
const SPAN_MS_MAX = 31 * DAY_MS;
const GROUPS_MAX = 5;
const ROWS = { standard: 20, max: 1_000 };

const KNOWN_GROUPS = [
  "model",
  "api_key_id",
  "workspace_id",
  "service_tier",
  "speed",
  "inference_geo",
  "context_window",
] as const;
/** Accepted, and null in every row: the simulator has none of them. */
const EMPTY_GROUPS = [
  "actor",
  "actor_type",
  "agent_id",
  "claude_tag_category",
  "claude_tag_user_id",
  "deployment_id",
  "environment_id",
  "organization_id",
  "product",
  "rbac_group_id",
  "session_id",
  "slack_channel_id",
  "user_profile_id",
] as const;

export type AnalyticsKind = "usage" | "cost";

export type AnalyticsQuestion = {
  readonly kind: AnalyticsKind;
  readonly url: URL;
  readonly nowMs: number;
  readonly edgeMs: number;
  readonly entries: readonly ReportEntry[];
  readonly percentOff: number;
};

export function analyticsReport(question: AnalyticsQuestion): JsonObject | ApiFailure {
  const { kind, url, nowMs } = question;
  const query = url.searchParams;
  const window = windowOf(query, nowMs);
  if (isFailure(window)) return window;
  const extra = kind === "cost" ? ["cost_type", "token_type"] : [];
  const groups = groupParam(query, [...KNOWN_GROUPS, ...EMPTY_GROUPS, ...extra], GROUPS_MAX);
  if (isFailure(groups)) return groups;
  const limit = limitParam(query, ROWS);
  if (isFailure(limit)) return limit;
  const cursor = readCursor(url, question.edgeMs);
  if (isFailure(cursor)) return cursor;
  const rows = rowsOf(question, { window, groups, cursor });
  return pageOf(rows, { limit, cursor, url });
}

type Asked = ReportWindow & { readonly width: BucketWidth | null };

function windowOf(query: URLSearchParams, nowMs: number): Asked | ApiFailure {
  const startMs = timeParam(query, "starting_at");
  if (startMs === null) return invalidRequest("starting_at: Field required");
  if (isFailure(startMs)) return startMs;
  const given = timeParam(query, "ending_at");
  if (isFailure(given)) return given;
  const width = widthParam(query, "time_bucket_width");
  if (isFailure(width)) return width;
  if (width !== null && given === null) {
    return invalidRequest("ending_at: required with time_bucket_width");
  }
  if (startMs < EARLIEST_MS || startMs < nowMs - BACK_MS_MAX) {
    return invalidRequest("starting_at: must be within the last 365 days and from 2026-01-01 on");
  }
  const endMs = given ?? Math.min(nowMs, startMs + SPAN_MS_MAX);
  const spanMax = width === "1m" ? DAY_MS : SPAN_MS_MAX;
  if (endMs <= startMs || endMs - startMs > spanMax) {
    return invalidRequest(
      "ending_at: must be after starting_at and at most 31 days (24 hours at 1m)",
    );
  }
  return { startMs, endMs, width };
}

type Cell = { readonly key: string; readonly startMs: number; readonly entries: ReportEntry[] };

function rowsOf(
  { kind, entries, percentOff }: AnalyticsQuestion,
  asked: {
    readonly window: Asked;
    readonly groups: readonly string[];
    readonly cursor: Cursor;
  },
): readonly JsonObject[] {
  const { startMs, endMs, width } = asked.window;
  const widthMs = width === null ? endMs - startMs : WIDTHS_MS[width];
  const cells = new Map<string, Cell>();
  for (const entry of entries) {
    const inside = entry.atMs >= startMs && entry.atMs < Math.min(endMs, asked.cursor.edgeMs);
    if (!inside) continue;
    const base = width === null ? startMs : Math.floor(entry.atMs / widthMs) * widthMs;
    const key = JSON.stringify([
      base,
      ...asked.groups.map((name) => groupValue(entry.group, name)),
    ]);
    const cell = cells.get(key) ?? { key, startMs: base, entries: [] };
    cell.entries.push(entry);
    cells.set(key, cell);
  }
  return [...cells.values()]
    .sort((left, right) => left.startMs - right.startMs || (left.key < right.key ? -1 : 1))
    .flatMap((cell): readonly JsonObject[] => {
      const place = {
        starting_at: isoText(cell.startMs),
        ending_at: isoText(Math.min(endMs, cell.startMs + widthMs)),
      };
      const group = groupRow(cell.entries[0]?.group, asked.groups);
      return kind === "usage"
        ? [{ ...place, group, usage: usageRow(cell.entries) }]
        : costRows(cell.entries, asked.groups, percentOff).map(({ component, cost }) => ({
            ...place,
            group: { ...group, ...component },
            cost,
          }));
    });
}

function groupValue(group: EntryGroup, name: string): string | null {
  return KNOWN_GROUPS.some((known) => known === name) ? group[name as keyof EntryGroup] : null;
}

/** Dimensions that were not asked for are null. A region that is not set is null as well. */
function groupRow(group: EntryGroup | undefined, asked: readonly string[]): JsonObject {
  const names = [...KNOWN_GROUPS, ...EMPTY_GROUPS];
  return Object.fromEntries(
    names.map((name) => {
      const value = group === undefined || !asked.includes(name) ? null : groupValue(group, name);
      return [name, value === "not_available" ? null : value];
    }),
  );
}

function usageRow(entries: readonly ReportEntry[]): JsonObject {
  const sums = usageOf(entries);
  const total = TOKEN_ITEMS.reduce((sum, item) => sum + sums.tokens[item], 0);
  return { ...wireUsageOf(sums), requests: sums.requests, total_tokens: total };
}

type CostRow = { readonly component: JsonObject; readonly cost: JsonObject };

/** The Priority Tier is there at no cost: it is paid for by commitment. */
function costRows(
  entries: readonly ReportEntry[],
  asked: readonly string[],
  percentOff: number,
): readonly CostRow[] {
  const lines = entries.flatMap((entry) =>
    entry.group.service_tier === "priority"
      ? entry.lines.map((line) => ({ ...line, picoUsd: 0n }))
      : entry.lines,
  );
  const byType = asked.includes("cost_type") || asked.includes("token_type");
  const row = (some: typeof lines, component: JsonObject): CostRow => ({
    component,
    cost: {
      amount: centsText(amountOf(some), percentOff),
      list_amount: centsText(amountOf(some), 0),
      currency: "USD",
      requests: byType ? null : usageOf(entries).requests,
    },
  });
  if (!byType) return [row(lines, { cost_type: null, token_type: null })];
  const searches = lines.filter(({ item }) => item === "web_search");
  const tokens = TOKEN_ITEMS.flatMap((item) => {
    const some = lines.filter((line) => line.item === item);
    const component = { cost_type: "tokens", token_type: TOKEN_TYPES[item] };
    return some.length === 0 ? [] : [row(some, component)];
  });
  const fees = { cost_type: "web_search", token_type: null };
  return searches.length === 0 ? tokens : [...tokens, row(searches, fees)];
}

function pageOf(
  rows: readonly JsonObject[],
  { limit, cursor, url }: { readonly limit: number; readonly cursor: Cursor; readonly url: URL },
): JsonObject {
  const next = cursor.offset + limit;
  const hasMore = next < rows.length;
  return {
    data: rows.slice(cursor.offset, next),
    has_more: hasMore,
    next_page: hasMore ? writeCursor({ ...cursor, offset: next }, url) : null,
    data_refreshed_at: isoText(cursor.edgeMs),
  };
}
