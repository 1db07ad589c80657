/** The SQL of a spend question: branches over rollups, rows and the live journal, summed once. */
import { DAY_MS, HOUR_MS } from "../../../base/index.ts";
import type { Dimension, Filter, SpendQuestion } from "../../contracts/index.ts";
import {
  type Bound,
  type Bounds,
  type FileKind,
  parquetSource,
  partsWithin,
  type Snapshot,
} from "../database/index.ts";
import { MEASURES, type Measure } from "../rows/index.ts";
import {
  isTimeDimension,
  parseSlot,
  SOURCE_DIMENSIONS,
  type SourceKind,
  tagName,
} from "./dimensions.ts";

export type SpendSql = {
  readonly sql: string;
  readonly bound: readonly Bound[];
  readonly source: "rollups" | "rows";
};

type Rollup = { readonly kind: "hourly" | "users" | "sessions"; readonly slotMs: number };
/** From the smallest on. */
const ROLLUPS: readonly Rollup[] = [
  { kind: "hourly", slotMs: HOUR_MS },
  { kind: "users", slotMs: DAY_MS },
  { kind: "sessions", slotMs: DAY_MS },
];

/**
 * One row per group, dearest first, then one for the total. Columns: 0 or 1 (1 marks the total), the
 * dimensions, the measures.
 */
export function spendSql(snapshot: Snapshot, question: SpendQuestion): SpendSql {
  const values = new BoundValues();
  const groups = groupNames(question);
  const { grouped, top, total } = hasManyGroups(question)
    ? dearestOfMany(snapshot, question, values)
    : allGroups(snapshot, question, values);
  const nulls = groups.map((name) => `null as ${name}`);
  const sql = `${grouped}select * from (
select 0 as part, ${[...groups, ...MEASURES].join(", ")} from (${top})
union all select ${["1", ...nulls, ...MEASURES].join(", ")} from (${total}))
order by ${["part", ...orderOf(groups)].join(", ")}`;
  const source = rollupFor(question) === null ? "rows" : "rollups";
  return { sql, bound: values.list, source };
}

const SUMS = MEASURES.map((name) => `sum(${name})::hugeint as ${name}`).join(", ");
/** A group whose rows were all taken back, or went to another, is no group any more. */
const REMAINS = "having sum(exchanges) <> 0";
/** The measures that decide which groups are the dearest. */
const RANKING = ["measured_amount", "estimated_amount", "exchanges"] as const;
const RANKING_SUMS = RANKING.map((name) => `sum(${name})::hugeint as ${name}`).join(", ");

const MANY_VALUED: readonly Dimension[] = ["user", "session"];
/** Up to this many rows the dearest groups are looked for first. */
const TOP_FEW = 1_000;

/** The pieces of a statement; `grouped` is a `with` clause or nothing. */
type Pieces = { readonly grouped: string; readonly top: string; readonly total: string };

function hasManyGroups({ by, top }: SpendQuestion): boolean {
  const isFew = top !== null && top <= TOP_FEW;
  return isFew && by.some((dimension) => MANY_VALUED.includes(dimension));
}

/** Every group is summed once; the dearest and the total are taken from that. */
function allGroups(snapshot: Snapshot, question: SpendQuestion, values: BoundValues): Pieces {
  const groups = groupNames(question);
  const source = sourceSql(snapshot, question, values, MEASURES);
  const sums = `select ${[...groups, SUMS].join(", ")} from (${source}) group by all ${REMAINS}`;
  const order = orderOf(groups).join(", ");
  return {
    grouped: `with grouped as materialized (${sums})\n`,
    top: `select * from grouped order by ${order} ${limitOf(question, values)}`,
    total: `select ${SUMS} from grouped`,
  };
}

/**
 * With many groups and few wanted, the dearest are found from three sums, and the others are added up
 * for those alone. The total comes from the smallest source that has the filters.
 */
function dearestOfMany(snapshot: Snapshot, question: SpendQuestion, values: BoundValues): Pieces {
  const groups = groupNames(question);
  const source = (names: readonly Measure[], of: SpendQuestion): string =>
    sourceSql(snapshot, of, values, names);
  const ranked = `select ${[...groups, RANKING_SUMS].join(", ")} from (${source(RANKING, question)})
group by all ${REMAINS} order by ${orderOf(groups).join(", ")} ${limitOf(question, values)}`;
  const same = groups.map((name) => `s.${name} is not distinct from r.${name}`).join(" and ");
  const wanted = groups.map((name) => `s.${name}`);
  return {
    grouped: "",
    top: `select ${[...wanted, SUMS].join(", ")} from (${source(MEASURES, question)}) s
semi join (${ranked}) r on ${same} group by all`,
    total: `select ${SUMS} from (${source(MEASURES, { ...question, by: [] })})`,
  };
}

function limitOf(question: SpendQuestion, values: BoundValues): string {
  return question.top === null ? "" : `limit ${values.add(BigInt(question.top))}::bigint`;
}

function groupNames(question: SpendQuestion): readonly string[] {
  return question.by.map((_, index) => `g${index}`);
}

function orderOf(groups: readonly string[]): readonly string[] {
  return [...RANKING.map((name) => `${name} desc`), ...groups];
}

/**
 * The rows of a source with the question's groups as `g0`, `g1`, … and the measures named, not
 * summed up yet.
 */
export function sourceSql(
  snapshot: Snapshot,
  question: SpendQuestion,
  values: BoundValues,
  measures: readonly Measure[],
): string {
  const plain = question.where.filter((filter) => tagName(filter.dimension) === null);
  const tagged = question.where.filter((filter) => tagName(filter.dimension) !== null);
  const plan = { by: question.by, filters: plain, tagged: tagged.length > 0, values, measures };
  const union = branchesOf(snapshot, question, rollupFor(question), plan).join(" union all ");
  if (!needsTags(plan)) return union;
  const sums = measures.map((name) => `sum(${name})::hugeint as ${name}`).join(", ");
  const folded = [...groupNames(question), "tags", sums].join(", ");
  const regroup = question.by.map((dimension, index) => groupOf(dimension, index, values));
  const conditions = tagged.map((filter) => tagCondition(filter, values));
  return `select ${[...regroup, ...measures].join(", ")}
from (select ${folded} from (${union}) group by all)${whereSql(conditions)}`;
}

type Plan = {
  readonly by: readonly Dimension[];
  readonly filters: readonly Filter[];
  readonly tagged: boolean;
  readonly values: BoundValues;
  readonly measures: readonly Measure[];
};

/** Values of the question, each bound once. */
export class BoundValues {
  readonly list: Bound[] = [];

  /** The placeholder for `value`. */
  add(value: Bound): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }
}

export function rollupFor(question: Pick<SpendQuestion, "by" | "where">): Rollup | null {
  const wanted = [...question.by, ...question.where.map((filter) => filter.dimension)];
  const fits = ({ kind }: Rollup): boolean =>
    wanted.every((dimension) => Object.hasOwn(SOURCE_DIMENSIONS[kind], dimension));
  return ROLLUPS.find(fits) ?? null;
}

function branchesOf(
  snapshot: Snapshot,
  question: SpendQuestion,
  rollup: Rollup | null,
  plan: Plan,
): readonly string[] {
  const window = { sinceMs: question.since, untilMs: question.until };
  const live = branch(snapshot.liveTable, "rows", rowsWithin(window), plan);
  const compacted =
    rollup === null
      ? [rowsBranch(snapshot, window, plan)]
      : rollupBranches(snapshot, window, rollup, plan);
  return [live, ...compacted.filter((sql) => sql !== null)];
}

/** Whole slots from the rollup; what stands out at either end from rows. */
function rollupBranches(
  snapshot: Snapshot,
  window: Bounds,
  rollup: Rollup,
  plan: Plan,
): readonly (string | null)[] {
  const { kind, slotMs } = rollup;
  const from = window.sinceMs === null ? null : Math.ceil(window.sinceMs / slotMs);
  const to = window.untilMs === null ? null : Math.floor(window.untilMs / slotMs);
  if (from !== null && to !== null && from >= to) return [rowsBranch(snapshot, window, plan)];
  const whole = { sinceMs: toMs(from, slotMs), untilMs: toMs(to, slotMs) };
  const source = parquetSource(partsWithin(snapshot.manifest, whole), kind);
  const slots = [from === null ? [] : [`slot >= ${from}`], to === null ? [] : [`slot < ${to}`]];
  return [
    source === null ? null : branch(source, kind, slots.flat(), plan),
    ragged(snapshot, { sinceMs: window.sinceMs, untilMs: whole.sinceMs }, plan),
    ragged(snapshot, { sinceMs: whole.untilMs, untilMs: window.untilMs }, plan),
  ];
}

function ragged(snapshot: Snapshot, end: Bounds, plan: Plan): string | null {
  if (end.sinceMs === null || end.untilMs === null || end.sinceMs >= end.untilMs) return null;
  return rowsBranch(snapshot, end, plan);
}

function rowsBranch(snapshot: Snapshot, window: Bounds, plan: Plan): string | null {
  const kind: FileKind = "exchanges";
  const source = parquetSource(partsWithin(snapshot.manifest, window), kind);
  return source === null ? null : branch(source, "rows", rowsWithin(window), plan);
}

/** The numbers are whole milliseconds of our own making, so they may stand in the text. */
function rowsWithin(window: Bounds): readonly string[] {
  const since = window.sinceMs === null ? [] : [`opened_ms >= ${Math.trunc(window.sinceMs)}`];
  const until = window.untilMs === null ? [] : [`opened_ms < ${Math.trunc(window.untilMs)}`];
  return [...since, ...until];
}

function toMs(slot: number | null, slotMs: number): number | null {
  return slot === null ? null : slot * slotMs;
}

function branch(source: string, kind: SourceKind, window: readonly string[], plan: Plan): string {
  const groups = plan.by.map((dimension, index) => `${columnOf(kind, dimension)} as g${index}`);
  const tags = needsTags(plan) ? ["tags"] : [];
  const filters = plan.filters.map((filter) => condition(kind, filter, plan.values));
  const columns = [...groups, ...tags, ...plan.measures].join(", ");
  return `select ${columns} from ${source}${whereSql([...window, ...filters])}`;
}

/** Tags are read out of their text once per distinct set of tags, not once per row. */
function needsTags(plan: Plan): boolean {
  return plan.tagged || plan.by.some((dimension) => tagName(dimension) !== null);
}

function columnOf(kind: SourceKind, dimension: Dimension): string {
  if (tagName(dimension) !== null) return "null";
  const columns: Readonly<Record<string, string>> = SOURCE_DIMENSIONS[kind];
  const column = columns[dimension];
  if (column === undefined) throw new TypeError(`no column for ${dimension}`);
  return column;
}

function groupOf(dimension: Dimension, index: number, values: BoundValues): string {
  const name = tagName(dimension);
  return name === null ? `g${index}` : `${tagValue(name, values)} as g${index}`;
}

function condition(kind: SourceKind, filter: Filter, values: BoundValues): string {
  return compared(columnOf(kind, filter.dimension), filter, values);
}

function tagCondition(filter: Filter, values: BoundValues): string {
  return compared(tagValue(tagName(filter.dimension) ?? "", values), filter, values);
}

/** A JSON pointer, bound: every name can be said in it. */
function tagValue(name: string, values: BoundValues): string {
  const pointer = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return `json_extract_string(tags, ${values.add(pointer)})`;
}

function compared(left: string, filter: Filter, values: BoundValues): string {
  const { comparison, value, dimension } = filter;
  if (value === null) return `${left} is ${comparison === "is" ? "" : "not "}null`;
  const right = isTimeDimension(dimension)
    ? `${values.add(parseSlot(dimension, value))}::bigint`
    : values.add(value);
  return comparison === "is" ? `${left} = ${right}` : `${left} is distinct from ${right}`;
}

function whereSql(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
}
