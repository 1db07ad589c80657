/** The sums kept beside the rows, as SQL. Sums that overflow 64 bits stop the compaction, loudly. */
import { DAY_MS, HOUR_MS } from "../../../base/index.ts";
import { MEASURES } from "../rows/index.ts";

export type RollupKind = "hourly" | "users" | "sessions";
export const ROLLUP_KINDS: readonly RollupKind[] = ["hourly", "users", "sessions"];

type Rollup = { readonly slotMs: number; readonly dimensions: readonly string[] };

const ROLLUPS: { readonly [Kind in RollupKind]: Rollup } = {
  hourly: {
    slotMs: HOUR_MS,
    dimensions: ["model", "endpoint", "user_type", "team", "key", "outcome", "client"],
  },
  users: { slotMs: DAY_MS, dimensions: ["user", "user_type", "team"] },
  sessions: {
    slotMs: DAY_MS,
    dimensions: ["session", "user", "user_type", "team", "model", "endpoint"],
  },
};

const SUMS = MEASURES.map((name) => `sum(${name})::bigint as ${name}`).join(", ");

/** A group whose rows were all taken back is no group any more. */
const REMAINS = `having ${MEASURES.map((name) => `sum(${name}) <> 0`).join(" or ")}`;

/** Selects the rollup of the rows in `source`, a table or a subquery. */
export function rollupOfRows(kind: RollupKind, source: string): string {
  const { slotMs, dimensions } = ROLLUPS[kind];
  const names = dimensions.map((name) => `"${name}"`).join(", ");
  return `select opened_ms // ${slotMs} as slot, ${names}, ${SUMS} from ${source}
group by all ${REMAINS} order by slot, ${names}`;
}

/** Selects the rollup of several rollups of one kind. */
export function rollupOfRollups(kind: RollupKind, source: string): string {
  const names = ROLLUPS[kind].dimensions.map((name) => `"${name}"`).join(", ");
  return `select slot, ${names}, ${SUMS} from ${source}
group by all ${REMAINS} order by slot, ${names}`;
}
