/** Billed exchanges of a slice of time, as columns; and how many there are, minute by minute. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type {
  MeasuredCharge,
  TrafficBatch,
  TrafficProfile,
  Window,
} from "../../contracts/index.ts";
import { parquetSource, partsWithin, type Snapshot, selectRows } from "../database/index.ts";
import { toExchange } from "../rows/index.ts";
import { notTakenBack, within } from "./exchanges.ts";

export type TrafficSlicesQuestion = Window & { readonly sliceMs: number };

export type TrafficSlice = {
  /** `floor(opened / sliceMs)`. */
  readonly slot: number;
  readonly billed: number;
  readonly withoutBill: number;
};

export async function trafficSlices(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  window: TrafficSlicesQuestion,
): Promise<readonly TrafficSlice[]> {
  const { since, until, sliceMs } = window;
  const compacted = parquetSource(
    partsWithin(snapshot.manifest, { sinceMs: since, untilMs: until }),
    "exchanges",
  );
  const sources = compacted === null ? [snapshot.liveTable] : [snapshot.liveTable, compacted];
  const columns = `opened_ms // ${Math.trunc(sliceMs)} as slot, measured_exchanges, exchanges`;
  const where = ["true", ...withinSql(window)].join(" and ");
  const union = sources.map((source) => `select ${columns} from ${source} where ${where}`);
  const sql = `select slot::double, sum(measured_exchanges)::double, sum(exchanges)::double
from (${union.join(" union all ")}) group by slot having sum(exchanges) > 0 order by slot`;
  const rows = await selectRows(connection, sql, []);
  return rows.map(([slot, billed, all]) => ({
    slot: Number(slot),
    billed: Number(billed),
    withoutBill: Number(all) - Number(billed),
  }));
}

function withinSql({ since, until }: Window): readonly string[] {
  return [
    ...(since === null ? [] : [`opened_ms >= ${Math.trunc(since)}`]),
    ...(until === null ? [] : [`opened_ms < ${Math.trunc(until)}`]),
  ];
}

const PARTS = [
  "endpoint",
  "model_asked",
  "model_served",
  "key",
  "team",
  "user_type",
  "tags",
] as const;
/** Read out of the detail in one pass. */
const PATHS = [
  "$.settled.measured.usage.serviceTier",
  "$.settled.measured.usage.speed",
  "$.settled.measured.usage.inferenceGeo",
  "$.opened.settings.effort",
  "$.settled.measured.usage.iterations[0].kind",
  "$.settled.measured.usage.webSearchRequests",
] as const;
const NUMBERS = [
  "opened_ms",
  "input_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "cache_read_tokens",
  "output_tokens",
] as const;
/** Between the parts of a profile; no attribute holds it. */
const SEPARATOR = "\u001f";
const ABSENT = "\u001e";

export async function traffic(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  window: Window,
): Promise<TrafficBatch> {
  const { columns, profiles } = await compactedColumns(connection, snapshot, window);
  const known = new Map(profiles.map((profile, index) => [profile, index]));
  const live = liveRows(snapshot, window);
  for (const [profile, ...values] of live) {
    const index = known.get(String(profile)) ?? known.size;
    known.set(String(profile), index);
    for (const [at, value] of [index, ...values].entries()) columns[at]?.push(value);
  }
  const [codes = [], searches = [], amounts = [], ...numbers] =
    live.length === 0 ? columns : sortedByTime(columns);
  const column = (index: number): Float64Array =>
    Float64Array.from((numbers[index] ?? []) as ArrayLike<number>);
  return {
    rows: codes.length,
    openedMs: column(0),
    inputTokens: column(1),
    cacheWrite5mTokens: column(2),
    cacheWrite1hTokens: column(3),
    cacheReadTokens: column(4),
    outputTokens: column(5),
    webSearches: Float64Array.from(searches as ArrayLike<number>),
    amount: BigInt64Array.from(amounts as bigint[]),
    profile: Int32Array.from(codes as ArrayLike<number>),
    profiles: [...known.keys()].map(profileOf),
  };
}

type Columns = unknown[][];
type Coded = { readonly columns: Columns; readonly profiles: readonly string[] };

/** Tables of a batch have names of their own, because several may be read at once. */
let batches = 0;

/**
 * Profile's code, searches, amount, then the numbers; oldest first. Profiles are told apart in SQL, so
 * that not a text a row but a text a profile crosses over.
 */
async function compactedColumns(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  window: Window,
): Promise<Coded> {
  const bounds = { sinceMs: window.since, untilMs: window.until };
  const source = parquetSource(partsWithin(snapshot.manifest, bounds), "exchanges");
  if (source === null) return { columns: emptyColumns(), profiles: [] };
  batches += 1;
  const rows = `traffic_rows_${batches}`;
  const codes = `traffic_profiles_${batches}`;
  try {
    await connection.run(`create temp table ${rows} as ${rowsSql(snapshot, window, source)}`);
    await connection.run(`create temp table ${codes} as
select profile, (row_number() over (order by profile) - 1)::integer as code
from (select distinct profile from ${rows})`);
    const names = ["code", "searches", "measured_amount", ...NUMBERS].join(", ");
    const reader = await connection.runAndReadAll(`select ${names} from ${rows}
join ${codes} using (profile) order by opened_ms, exchange`);
    const columns = reader.getColumns() as Columns;
    const profiles = await selectRows(connection, `select profile from ${codes} order by code`, []);
    return {
      columns: columns.length === 0 ? emptyColumns() : columns,
      profiles: profiles.map(([profile]) => String(profile)),
    };
  } finally {
    await connection.run(`drop table if exists ${rows}`);
    await connection.run(`drop table if exists ${codes}`);
  }
}

function rowsSql(snapshot: Snapshot, window: Window, source: string): string {
  const where = ["sign = 1", "measured_exchanges = 1", ...withinSql(window)];
  const paths = PATHS.map((path) => `'${path}'`).join(", ");
  const text = (expression: string): string => `coalesce(${expression}, '${ABSENT}')`;
  const profile = [
    ...PARTS.map(text),
    ...[1, 2, 3, 4, 5].map((index) => text(`found[${index}]`)),
    text("if(stop_reason = 'refusal', 'refusal', null)"),
  ].join(", ");
  return `select concat_ws('${SEPARATOR}', ${profile}) as profile,
coalesce(found[6]::double, 0) as searches, exchange, measured_amount,
${NUMBERS.map((name) => `${name}::double as ${name}`).join(", ")}
from (select *, json_extract_string(detail, [${paths}]) as found from ${source}
where ${[...where, ...notTakenBack(snapshot)].join(" and ")})`;
}

function emptyColumns(): Columns {
  return Array.from({ length: 3 + NUMBERS.length }, () => []);
}

/** The same columns of exchanges that are still in the journal. */
function liveRows(snapshot: Snapshot, window: Window): readonly (readonly unknown[])[] {
  const rows: unknown[][] = [];
  for (const { state } of snapshot.live.all()) {
    if (!within(window, state.opened.at)) continue;
    const { opened, settled } = toExchange(state);
    const measured = settled?.measured ?? null;
    if (measured === null || !measured.final) continue;
    const { usage } = measured;
    const { attributes, settings } = opened;
    const tags = Object.keys(attributes.tags).length === 0 ? null : JSON.stringify(attributes.tags);
    const profile = [
      attributes.endpoint,
      opened.modelAsked,
      settled?.modelServed ?? null,
      attributes.key,
      attributes.team,
      attributes.userType,
      tags,
      usage.serviceTier,
      usage.speed,
      usage.inferenceGeo,
      settings.effort,
      usage.iterations?.[0]?.kind ?? null,
      settled?.stopReason === "refusal" ? "refusal" : null,
    ];
    rows.push([
      profile.map((part) => part ?? ABSENT).join(SEPARATOR),
      usage.webSearchRequests,
      measured.total,
      opened.at,
      ...BILLED_ITEMS.map((item) => billedTokens(measured, item)),
    ]);
  }
  return rows;
}

/** In the order of the columns. Tokens that are billed are those of the bill's lines. */
const BILLED_ITEMS = ["input", "cache_write_5m", "cache_write_1h", "cache_read", "output"];

function billedTokens({ lines }: MeasuredCharge, item: string): number {
  let tokens = 0;
  for (const line of lines) if (line.kind === "tokens" && line.item === item) tokens += line.tokens;
  return tokens;
}

/** The fourth column is the time. */
function sortedByTime(columns: Columns): Columns {
  const times = (columns[3] ?? []) as number[];
  const order = times.map((_, at) => at).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  return columns.map((column) => order.map((at) => column[at]));
}

function profileOf(text: string): TrafficProfile {
  const [endpoint, modelAsked, modelServed, key, team, userType, tags, ...rest] = text
    .split(SEPARATOR)
    .map((part) => (part === ABSENT ? null : part));
  const [serviceTier, speed, inferenceGeo, effort, iteration, refusal] = rest;
  return {
    endpoint: endpoint ?? null,
    modelAsked: modelAsked ?? null,
    modelServed: modelServed ?? null,
    key: key ?? null,
    team: team ?? null,
    userType: userType ?? null,
    tags: tags === null || tags === undefined ? {} : (JSON.parse(tags) as Record<string, string>),
    serviceTier: serviceTier ?? null,
    speed: speed ?? null,
    inferenceGeo: inferenceGeo ?? null,
    effort: effort ?? null,
    composite: (iteration ?? null) !== null || (refusal ?? null) !== null,
  };
}
