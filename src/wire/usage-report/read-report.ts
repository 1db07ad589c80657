/** One page of a report, of either form, as the API answers it. */
import { DAY_MS, type Instant, instant, isJsonObject, type JsonValue } from "../../base/index.ts";
import {
  type At,
  centsOf,
  countOf,
  field,
  listOf,
  objectOf,
  refuse,
  textOf,
  timeOf,
} from "./read-fields.ts";
import type {
  CostPage,
  CostReportRow,
  ReportClass,
  ReportGroup,
  UsagePage,
  UsageReportRow,
} from "./report.ts";

/** Errors: `REPORT_UNREADABLE`, with the file and the path in it. */
export function readUsagePage(value: JsonValue, file: string): UsagePage {
  const page = pageOf(value, file);
  const rows = page.entries.map(({ row, start, end, group }) => ({
    ...{ where: row.where, start, end, group },
    counts: countsOf(page.form === "legacy" ? row : field(row, "usage")),
  }));
  return { ...page.about, form: page.form, rows: rows satisfies UsageReportRow[] };
}

/** Errors: as {@link readUsagePage}. */
export function readCostPage(value: JsonValue, file: string): CostPage {
  const page = pageOf(value, file);
  const isLegacy = page.form === "legacy";
  const rows = page.entries.map(({ row, start, end, group }): CostReportRow => {
    const of = isLegacy ? row : field(row, "group");
    const cost = isLegacy ? row : field(row, "cost");
    const currency = textOf(field(cost, "currency"));
    if (currency !== "USD") refuse(`${cost.where}.currency`, "amounts are in US dollars alone");
    const costType = textOf(field(of, "cost_type"));
    return {
      ...{ where: row.where, start, end, group, costType },
      item: costType === "web_search" ? "web_search" : itemOf(field(of, "token_type")),
      amount: centsOf(field(cost, "amount")),
      listAmount: isLegacy ? null : centsOf(field(cost, "list_amount")),
    };
  });
  return { ...page.about, form: page.form, rows };
}

type Entry = {
  readonly row: At;
  readonly start: Instant;
  readonly end: Instant;
  readonly group: ReportGroup;
};

function pageOf(value: JsonValue, file: string) {
  const page: At = { value, where: file };
  objectOf(page);
  const data = listOf({ ...field(page, "data"), where: `${file}: data` });
  const more = field(page, "has_more").value;
  if (typeof more !== "boolean") refuse(`${file}: has_more`, "true or false is needed here");
  const isLegacy = data.some(({ value: of }) => isJsonObject(of) && of.results !== undefined);
  const times = data.map((bucket) => ({ bucket, ...timesOf(bucket) }));
  const refreshed = field(page, "data_refreshed_at");
  return {
    form: isLegacy ? ("legacy" as const) : ("analytics" as const),
    about: {
      span: spanOf(times),
      hasMore: more === true,
      refreshedAt: textOf(refreshed) === null ? null : timeOf(refreshed),
    },
    entries: times.flatMap(({ bucket, start, end }): readonly Entry[] =>
      (isLegacy ? listOf(field(bucket, "results")) : [bucket]).map((row) => ({
        ...{ row, start, end },
        group: groupOf(isLegacy ? row : field(row, "group")),
      })),
    ),
  };
}

/** A bucket lies within one UTC day: days cannot be told apart in a longer one. */
function timesOf(bucket: At): { readonly start: Instant; readonly end: Instant } {
  const start = timeOf(field(bucket, "starting_at"));
  const end = timeOf(field(bucket, "ending_at"));
  if (end <= start) refuse(`${bucket.where}.ending_at`, "a bucket ends after it begins");
  if (Math.floor(start / DAY_MS) !== Math.floor((end - 1) / DAY_MS)) {
    refuse(bucket.where, "a bucket is longer than a UTC day; ask for buckets of 1d");
  }
  return { start, end };
}

type Times = { readonly start: Instant; readonly end: Instant };

function spanOf(times: readonly Times[]): Times | null {
  if (times.length === 0) return null;
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  for (const time of times) {
    start = Math.min(start, time.start);
    end = Math.max(end, time.end);
  }
  return { start: instant(start), end: instant(end) };
}

function groupOf(at: At): ReportGroup {
  return {
    model: textOf(field(at, "model")),
    apiKeyId: textOf(field(at, "api_key_id")),
    workspaceId: textOf(field(at, "workspace_id")),
    serviceTier: textOf(field(at, "service_tier")),
    speed: textOf(field(at, "speed")),
    inferenceGeo: textOf(field(at, "inference_geo")),
  };
}

function countsOf(usage: At): Readonly<Record<ReportClass, bigint>> {
  const writes = field(usage, "cache_creation");
  const tools = field(usage, "server_tool_use");
  const within = (at: At, name: string): bigint =>
    at.value === undefined || at.value === null ? 0n : countOf(field(at, name));
  if (field(usage, "output_tokens").value === undefined) {
    refuse(usage.where, "this is no row of a usage report: it has no output_tokens");
  }
  return {
    input: countOf(field(usage, "uncached_input_tokens")),
    cache_write_5m: within(writes, "ephemeral_5m_input_tokens"),
    cache_write_1h: within(writes, "ephemeral_1h_input_tokens"),
    cache_read: countOf(field(usage, "cache_read_input_tokens")),
    output: countOf(field(usage, "output_tokens")),
    web_search: within(tools, "web_search_requests"),
  };
}

const ITEM_OF: Readonly<Record<string, ReportClass>> = {
  uncached_input_tokens: "input",
  "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
  "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
  cache_read_input_tokens: "cache_read",
  output_tokens: "output",
};

function itemOf(at: At): ReportClass | null {
  const word = textOf(at);
  if (word === null) return null;
  return ITEM_OF[word] ?? refuse(at.where, `the token type "${word.slice(0, 60)}" is not known`);
}
