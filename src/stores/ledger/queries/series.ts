/** Sums by slot of time for each of the dearest groups. Whole slots come from the rollups that have them. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { DAY_MS, HOUR_MS, PurserError } from "../../../base/index.ts";
import type {
  Dimension,
  SeriesAnswer,
  SeriesMeasure,
  SeriesQuestion,
  SpendQuestion,
} from "../../contracts/index.ts";
import { type Bound, type Snapshot, selectRows } from "../database/index.ts";
import type { Measure } from "../rows/index.ts";
import { checkQuestion } from "./spend.ts";
import { BoundValues, rollupFor, sourceSql } from "./spend-sql.ts";

/** Slots that one answer may hold over all groups. */
const CELLS_MAX = 500_000;

/** What did not complete, by outcome. A source that lacks the outcome sends the question to the rows. */
const FINISHED = "'completed', 'open'";

type Sum = { readonly of: Measure | readonly Measure[]; readonly unfinished: boolean };

const SUMS: { readonly [Name in SeriesMeasure]: Sum } = {
  exchanges: { of: "exchanges", unfinished: false },
  "unfinished-exchanges": { of: "exchanges", unfinished: true },
  "input-tokens": { of: "input_tokens", unfinished: false },
  "cache-write-tokens": {
    of: ["cache_write_5m_tokens", "cache_write_1h_tokens"],
    unfinished: false,
  },
  "cache-read-tokens": { of: "cache_read_tokens", unfinished: false },
  "output-tokens": { of: "output_tokens", unfinished: false },
  "measured-amount": { of: "measured_amount", unfinished: false },
  "estimated-amount": { of: "estimated_amount", unfinished: false },
  "unfinished-amount": { of: ["measured_amount", "estimated_amount"], unfinished: true },
};

export async function series(
  connection: DuckDBConnection,
  snapshot: Snapshot,
  question: SeriesQuestion,
): Promise<SeriesAnswer> {
  checkSeries(question);
  const { sql, bound, asked } = seriesSql(snapshot, question);
  const found = await selectRows(connection, sql, bound);
  const groups: (readonly (string | null)[])[] = [];
  const width = question.by.length;
  const rows = found.map((row) => {
    const group = row[0] === null ? null : Number(row[0]);
    if (group !== null) {
      groups[group] = row
        .slice(1, 1 + width)
        .map((value) => (value === null ? null : String(value)));
    }
    const values = row.slice(2 + width).map((value) => BigInt(String(value ?? 0)));
    return { group, slot: Number(row[1 + width]), values };
  });
  return { groups, rows, source: rollupFor(asked) === null ? "rows" : "rollups" };
}

function checkSeries(question: SeriesQuestion): void {
  const { since, until, slot, groupsMax } = question;
  checkQuestion(spendQuestionOf(question, question.by));
  const slotMs = slot === "hour" ? HOUR_MS : DAY_MS;
  if (since % slotMs !== 0 || until % slotMs !== 0 || since >= until) {
    const what = `a series goes over whole ${slot}s, from an earlier to a later one`;
    throw new PurserError("LEDGER_QUESTION_INVALID", { what });
  }
  if (((until - since) / slotMs) * (groupsMax + 1) > CELLS_MAX) {
    const what = `a series of more than ${CELLS_MAX} slots over all groups`;
    const mend = "Ask for a shorter window, for days or for fewer groups.";
    throw new PurserError("LEDGER_QUESTION_INVALID", { what, mend });
  }
}

type SeriesSql = {
  readonly sql: string;
  readonly bound: readonly Bound[];
  readonly asked: SpendQuestion;
};

/** Columns: the group's place or null, its values, the slot, the measures. */
function seriesSql(snapshot: Snapshot, question: SeriesQuestion): SeriesSql {
  const { by, slot, measures, groupsMax } = question;
  const values = new BoundValues();
  const wantsOutcome = measures.some((name) => SUMS[name].unfinished);
  const time: Dimension = slot;
  const asked = spendQuestionOf(question, [...by, time, ...(wantsOutcome ? OUTCOME : [])]);
  const needed = [...new Set(["measured_amount", ...measures.flatMap((name) => SUMS[name].of)])];
  const groups = by.map((_, index) => `g${index}`);
  const [slotColumn, outcome] = [`g${by.length}`, `g${by.length + 1}`];
  const sums = measures.map((name, index) => `${sumSql(SUMS[name], outcome)} as m${index}`);
  const named = measures.map((_, index) => `m${index}`);
  const source = sourceSql(snapshot, asked, values, needed as readonly Measure[]);
  const same = groups.map((name) => `c.${name} is not distinct from r.${name}`).join(" and ");
  const limit = `limit ${values.add(BigInt(groupsMax))}::bigint`;
  const sql = `with cells as materialized (
select ${[...groups, `${slotColumn} as slot`, ...sums, "sum(measured_amount)::hugeint as dear"].join(", ")}
from (${source}) group by ${[...groups, slotColumn].join(", ")}),
ranked as (select ${[...groups, "sum(dear) as dear"].join(", ")} from cells ${groupBy(groups)}
order by ${["dear desc", ...groups].join(", ")} ${limit}),
placed as (select *, row_number() over (order by ${["dear desc", ...groups].join(", ")}) - 1 as place
from ranked)
select ${["place", ...groups.map((name) => `r.${name}`), "slot", ...named.map(total)].join(", ")}
from cells c left join placed r on ${same === "" ? "true" : same}
group by ${["place", ...groups.map((name) => `r.${name}`), "slot"].join(", ")} order by place, slot`;
  return { sql, bound: values.list, asked };
}

const OUTCOME: readonly Dimension[] = ["outcome"];

function groupBy(groups: readonly string[]): string {
  return groups.length === 0 ? "" : `group by ${groups.join(", ")}`;
}

function total(name: string): string {
  return `sum(${name})::hugeint as ${name}`;
}

function sumSql({ of, unfinished }: Sum, outcome: string): string {
  const amount = typeof of === "string" ? of : of.join(" + ");
  const filter = unfinished ? ` filter (where ${outcome} not in (${FINISHED}))` : "";
  return `coalesce(sum(${amount})${filter}, 0)::hugeint`;
}

function spendQuestionOf(question: SeriesQuestion, by: readonly Dimension[]): SpendQuestion {
  const { since, until, where } = question;
  return { since, until, where, by, top: question.groupsMax };
}
