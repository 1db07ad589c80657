/** `/v1/organizations/usage_report/messages` and `/cost_report`: a bucket for each stretch of time. */
import type { JsonObject } from "../../base/index.ts";
import { type ApiFailure, invalidRequest } from "../faults/index.ts";
import {
  amountOf,
  centsText,
  type EntryGroup,
  type ReportEntry,
  TOKEN_ITEMS,
  TOKEN_TYPES,
  type TokenItem,
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
  readCursor,
  timeParam,
  WIDTHS_MS,
  widthParam,
  writeCursor,
} from "./report-query.ts";

/** Buckets of a page: without a limit, and at most. */
const BUCKETS: { readonly [Width in BucketWidth]: { standard: number; max: number } } = {
  "1d": { standard: 7, max: 31 },
  "1h": { standard: 24, max: 168 },
  "1m": { standard: 60, max: 1_440 },
};
const USAGE_GROUPS = [
  "account_id",
  "api_key_id",
  "context_window",
  "inference_geo",
  "model",
  "service_account_id",
  "service_tier",
  "speed",
  "workspace_id",
] as const;
const COST_GROUPS = ["description", "workspace_id"] as const;
/** Without it the report knows nothing of speeds. */
export const SPEED_BETA = "fast-mode-2026-02-01";

export type LegacyQuestion = {
  readonly kind: "usage" | "cost";
  readonly url: URL;
  readonly nowMs: number;
  readonly edgeMs: number;
  readonly entries: readonly ReportEntry[];
  readonly betas: readonly string[];
  readonly percentOff: number;
};

export function legacyReport(question: LegacyQuestion): JsonObject | ApiFailure {
  const { kind, url, nowMs, betas } = question;
  const query = url.searchParams;
  const startMs = timeParam(query, "starting_at");
  if (startMs === null) return invalidRequest("starting_at: Field required");
  if (isFailure(startMs)) return startMs;
  const given = timeParam(query, "ending_at");
  if (isFailure(given)) return given;
  const width = widthParam(query, "bucket_width") ?? "1d";
  if (isFailure(width)) return width;
  if (kind === "cost" && width !== "1d")
    return invalidRequest("bucket_width: Input should be '1d'");
  const known = kind === "cost" ? COST_GROUPS : USAGE_GROUPS;
  const groups = groupParam(query, known, known.length);
  if (isFailure(groups)) return groups;
  if (groups.includes("speed") && !betas.includes(SPEED_BETA)) {
    return invalidRequest(`group_by: speed needs the beta ${SPEED_BETA}`);
  }
  const limit = limitParam(query, BUCKETS[width]);
  if (isFailure(limit)) return limit;
  const cursor = readCursor(url, question.edgeMs);
  if (isFailure(cursor)) return cursor;
  const widthMs = WIDTHS_MS[width];
  const first = Math.floor(startMs / widthMs) * widthMs;
  const count = Math.max(0, Math.ceil(((given ?? nowMs) - first) / widthMs));
  return pageOf(question, { groups, cursor, limit, count, first, widthMs });
}

type Asked = {
  readonly groups: readonly string[];
  readonly cursor: Cursor;
  readonly limit: number;
  readonly count: number;
  readonly first: number;
  readonly widthMs: number;
};

/** Buckets without usage are there and empty. */
function pageOf(question: LegacyQuestion, asked: Asked): JsonObject {
  const { cursor, limit, count, first, widthMs } = asked;
  const end = Math.min(count, cursor.offset + limit);
  const data = Array.from({ length: Math.max(0, end - cursor.offset) }, (_, index) => {
    const startMs = first + (cursor.offset + index) * widthMs;
    const inside = question.entries.filter(
      ({ atMs }) => atMs >= startMs && atMs < Math.min(startMs + widthMs, cursor.edgeMs),
    );
    return {
      starting_at: isoText(startMs),
      ending_at: isoText(startMs + widthMs),
      results:
        question.kind === "usage"
          ? usageResults(inside, asked.groups)
          : costResults(inside, asked.groups, question.percentOff),
    };
  });
  const hasMore = end < count;
  const nextPage = hasMore ? writeCursor({ ...cursor, offset: end }, question.url) : null;
  return { data, has_more: hasMore, next_page: nextPage };
}

function grouped(
  entries: readonly ReportEntry[],
  names: readonly string[],
): readonly (readonly ReportEntry[])[] {
  const cells = Map.groupBy(entries, ({ group }) =>
    JSON.stringify(names.map((name) => (group as Record<string, unknown>)[name] ?? null)),
  );
  return [...cells].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, cell]) => cell);
}

function usageResults(
  entries: readonly ReportEntry[],
  groups: readonly string[],
): readonly JsonObject[] {
  return grouped(entries, groups).map((cell) => {
    const group = cell[0]?.group as Record<string, string | null> | undefined;
    const names = groups.includes("speed")
      ? USAGE_GROUPS
      : USAGE_GROUPS.filter((n) => n !== "speed");
    const dimensions = names.map((name) => [
      name,
      groups.includes(name) ? (group?.[name] ?? null) : null,
    ]);
    return { ...wireUsageOf(usageOf(cell)), ...Object.fromEntries(dimensions) };
  });
}

const SAYS: { readonly [Item in TokenItem]: string } = {
  input: "Input Tokens",
  write_5m: "Input Tokens, Cache Write (5m)",
  write_1h: "Input Tokens, Cache Write (1h)",
  read: "Input Tokens, Cache Hit",
  output: "Output Tokens",
};

/** Grouped by description, every component of every model is a row with its parsed fields. */
function costResults(
  entries: readonly ReportEntry[],
  groups: readonly string[],
  percentOff: number,
): readonly JsonObject[] {
  // Paid for by commitment, the Priority Tier is not in the cost report at all.
  const paid = entries.filter(({ group }) => group.service_tier !== "priority");
  const byWorkspace = groups.includes("workspace_id") ? ["workspace_id"] : [];
  if (!groups.includes("description")) {
    return grouped(paid, byWorkspace).map((cell) =>
      costRow(
        cell,
        cell.flatMap(({ lines }) => lines),
        { percentOff, component: null, groups },
      ),
    );
  }
  const parts = [...byWorkspace, "model", "service_tier", "inference_geo", "context_window"];
  return grouped(paid, parts).flatMap((cell) => {
    const lines = cell.flatMap((entry) => entry.lines);
    const items = [...TOKEN_ITEMS, "web_search"] as const;
    return items.flatMap((item) => {
      const some = lines.filter((line) => line.item === item);
      return some.length === 0
        ? []
        : [costRow(cell, some, { percentOff, component: item, groups })];
    });
  });
}

function costRow(
  cell: readonly ReportEntry[],
  lines: ReportEntry["lines"],
  asked: {
    readonly percentOff: number;
    readonly component: TokenItem | "web_search" | null;
    readonly groups: readonly string[];
  },
): JsonObject {
  const group = cell[0]?.group;
  const amount = centsText(amountOf(lines), asked.percentOff);
  const workspace = asked.groups.includes("workspace_id") ? (group?.workspace_id ?? null) : null;
  return {
    amount,
    currency: "USD",
    workspace_id: workspace,
    ...componentOf(asked.component, group),
  };
}

function componentOf(
  item: TokenItem | "web_search" | null,
  group: EntryGroup | undefined,
): JsonObject {
  const none = { model: null, service_tier: null, inference_geo: null, context_window: null };
  if (item === null || group === undefined) {
    return { description: null, cost_type: null, token_type: null, ...none };
  }
  if (item === "web_search") {
    return { description: "Web Search Usage", cost_type: "web_search", token_type: null, ...none };
  }
  return {
    description: `${group.model} Usage - ${SAYS[item]}`,
    cost_type: "tokens",
    token_type: TOKEN_TYPES[item],
    model: group.model,
    service_tier: group.service_tier,
    inference_geo: group.inference_geo,
    context_window: group.context_window,
  };
}
